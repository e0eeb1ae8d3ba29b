"""What the stand-in provider takes over from live objects: outputs, refreshed inputs, imported inputs."""

from __future__ import annotations

import base64
from typing import Any

from embedded.provider.live import imported_inputs, outputs, preview_outputs, refreshed_inputs, secret_outputs
from embedded.provider.values import Unknown


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LIVE: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "uid": "u",
        "resourceVersion": "7",
        "generation": 2,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "x"}],
        "labels": {"app": "web"},
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "deployment.kubernetes.io/revision": "1",
        },
    },
    "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}},
    "status": {"replicas": 3},
}


def test_outputs_are_the_live_object_without_field_ownership_and_last_applied_text() -> None:
    kept = outputs(LIVE, "me")
    assert "managedFields" not in kept["metadata"]
    assert kept["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    assert kept["status"] == {"replicas": 3}
    assert kept["__fieldManager"] == "me"
    assert "managedFields" in LIVE["metadata"], "the live object itself is left as it is"


def test_what_the_server_makes_up_in_a_dry_run_is_not_known_in_the_preview() -> None:
    created = preview_outputs(LIVE, "me", created=True)
    assert all(isinstance(created["metadata"][key], Unknown) for key in ("uid", "resourceVersion", "creationTimestamp"))
    assert "status" not in created
    updated = preview_outputs(LIVE, "me", created=False)
    assert updated["metadata"]["uid"] == "u"
    assert isinstance(updated["metadata"]["resourceVersion"], Unknown)


def test_schema_extensions_are_named_as_the_sdk_names_them_in_the_outputs_of_a_definition() -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "a"},
        "spec": {"versions": [{"schema": {"x-kubernetes-preserve-unknown-fields": True}}]},
    }
    kept = outputs(definition, "me")
    assert kept["spec"]["versions"][0]["schema"] == {"x_kubernetes_preserve_unknown_fields": True}
    inputs = {key: definition[key] for key in ("apiVersion", "kind", "spec")}
    assert refreshed_inputs(inputs, kept, definition) == inputs


def test_an_import_has_what_a_program_would_say_and_nothing_that_only_the_server_writes() -> None:
    assert imported_inputs(LIVE) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
        "spec": LIVE["spec"],
    }


def inputs_with(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def live_with(**spec: Any) -> dict[str, Any]:
    return {**LIVE, "spec": spec}


def test_a_field_that_changed_in_the_cluster_comes_back_with_its_live_value() -> None:
    refreshed = refreshed_inputs(inputs_with(replicas=3), live_with(replicas=3), live_with(replicas=5))
    assert refreshed == inputs_with(replicas=5)


def test_a_field_that_went_in_the_cluster_goes_from_the_inputs() -> None:
    refreshed = refreshed_inputs(inputs_with(paused=True), live_with(paused=True), live_with(replicas=1))
    assert refreshed == inputs_with()


def test_fields_the_program_does_not_have_are_no_drift() -> None:
    refreshed = refreshed_inputs(inputs_with(replicas=3), live_with(replicas=3), live_with(replicas=3, strategy="x"))
    assert refreshed == inputs_with(replicas=3)


def test_a_value_that_the_server_spells_in_its_own_way_is_no_drift() -> None:
    same = live_with(cpu="1")
    assert refreshed_inputs(inputs_with(cpu="1000m"), same, same) == inputs_with(cpu="1000m")


def test_an_empty_map_that_the_server_drops_is_no_drift() -> None:
    assert refreshed_inputs(inputs_with(labels={}), live_with(), live_with()) == inputs_with(labels={})


def test_drift_is_seen_even_without_an_old_state() -> None:
    assert refreshed_inputs(inputs_with(replicas=3), {}, live_with(replicas=5)) == inputs_with(replicas=5)


def test_named_list_elements_are_matched_by_name_and_others_elements_are_left_to_them() -> None:
    mine = [{"name": "web", "image": "nginx:1"}]
    now = [{"name": "sidecar", "image": "s"}, {"name": "web", "image": "nginx:2", "imagePullPolicy": "Always"}]
    refreshed = refreshed_inputs(inputs_with(containers=mine), live_with(containers=mine), live_with(containers=now))
    assert refreshed == inputs_with(containers=[{"name": "web", "image": "nginx:2"}])


def test_a_named_element_that_is_gone_goes_from_the_inputs() -> None:
    mine = [{"name": "a"}, {"name": "b"}]
    refreshed = refreshed_inputs(inputs_with(env=mine), live_with(env=mine), live_with(env=[{"name": "b"}]))
    assert refreshed == inputs_with(env=[{"name": "b"}])


def test_a_plain_list_of_another_length_is_drift_as_a_whole() -> None:
    refreshed = refreshed_inputs(inputs_with(args=["a"]), live_with(args=["a"]), live_with(args=["a", "b"]))
    assert refreshed == inputs_with(args=["a", "b"])


def test_text_of_a_secret_is_compared_with_what_the_server_made_of_it() -> None:
    inputs = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "one", "b": "two"}}
    before = {"apiVersion": "v1", "kind": "Secret", "data": {"a": encoded("one"), "b": encoded("two")}}
    assert refreshed_inputs(inputs, before, before) == inputs
    now = {**before, "data": {"a": encoded("changed")}}
    assert refreshed_inputs(inputs, before, now)["stringData"] == {"a": "changed"}


def test_a_secret_in_a_list_makes_the_list_secret_in_the_outputs() -> None:
    value = {"apiVersion": "x/v1", "kind": "X", "spec": {"users": [{"password": "p"}]}}
    assert secret_outputs(value, {("spec", "users", 0, "password")}) == {("spec", "users")}


def test_the_values_of_a_secret_are_secret_even_if_the_program_did_not_say_so() -> None:
    value = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}}
    assert secret_outputs(value, set()) == {("data",)}
    assert secret_outputs({**value, "kind": "ConfigMap"}, set()) == set()
