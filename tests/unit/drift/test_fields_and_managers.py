"""Fields that managers own, found in objects and taken out of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dbaas_components.drift.desired import desired_of, only
from dbaas_components.drift.fields import holds, owned_fields, path_of, remove, take_over, values_at
from dbaas_components.drift.managers import FALLBACK, managers_of, program_manager, writer_of

OBJECT: dict[str, Any] = {
    "metadata": {"annotations": {"percona.com/a.b": "1"}},
    "spec": {"replsets": [{"name": "rs0", "size": 3}, {"name": "rs1", "size": 5}], "words": ["a", "b"]},
}


def managed(name: str, operation: str, fields: dict[str, Any], time: str = "", **more: Any) -> dict[str, Any]:
    return {"manager": name, "operation": operation, "fieldsV1": fields, "time": time, **more}


def test_paths_are_read_as_ignore_changes_writes_them() -> None:
    assert path_of("spec.replsets[*].volumeSpec") == ("spec", "replsets", "*", "volumeSpec")
    assert path_of('metadata.annotations["percona.com/a.b"]') == ("metadata", "annotations", "percona.com/a.b")
    assert path_of("spec.list[2]") == ("spec", "list", 2)


def test_owned_fields_lead_to_what_is_there() -> None:
    fields = {
        "f:metadata": {"f:annotations": {".": {}, "f:percona.com/a.b": {}}},
        "f:spec": {"f:replsets": {'k:{"name":"rs1"}': {".": {}, "f:name": {}, "f:size": {}}}, "f:words": {'v:"b"': {}}},
        "x:unknown": {},
    }
    found = list(owned_fields(fields))
    assert len(found) == 4
    assert [values_at(OBJECT, path) for path in found] == [["1"], ["rs1"], [5], ["b"]]


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (("metadata", "annotations", "percona.com/a.b"), {"spec": OBJECT["spec"]}),
        (("spec", "words", (("", "a"),)), {**OBJECT, "spec": {**OBJECT["spec"], "words": ["b"]}}),
        (("spec", "nothing", "here"), OBJECT),
    ],
)
def test_what_is_taken_away_leaves_nothing_empty(path: Any, left: Any) -> None:
    value = copy.deepcopy(OBJECT)
    remove(value, path)
    assert value == left


def test_live_values_are_taken_over_by_the_names_of_items() -> None:
    value = copy.deepcopy(OBJECT)
    live = {"spec": {"replsets": [{"name": "rs1", "size": 7}, {"name": "rs0", "size": 9}]}}
    take_over(value, live, path_of("spec.replsets[*].size"))
    assert [one["size"] for one in value["spec"]["replsets"]] == [9, 7]
    take_over(value, {}, path_of("metadata.annotations"))
    assert "annotations" not in value["metadata"]


def test_the_program_is_who_applied_it() -> None:
    entries = [
        managed("kubectl", "Apply", {"f:spec": {"f:a": {}, "f:b": {}}}),
        managed("pulumi-kubernetes-1", "Apply", {"f:spec": {"f:c": {}}}),
        managed("operator", "Update", {"f:status": {"f:a": {}}}, subresource="status"),
    ]
    live = {"metadata": {"managedFields": entries}}
    managers = managers_of(live)
    assert [one.name for one in managers] == ["kubectl", "pulumi-kubernetes-1"]
    assert program_manager(managers) == "pulumi-kubernetes-1"
    assert program_manager(managers[:1]) == "kubectl"
    assert program_manager([]) == FALLBACK
    assert holds(OBJECT, ("spec", "words"))


def test_the_last_one_who_wrote_a_field_is_named() -> None:
    size = {"f:spec": {"f:replsets": {'k:{"name":"rs0"}': {"f:size": {}}}}}
    entries = [
        managed("first", "Update", size, "2026-01-01T00:00:00Z"),
        managed("second", "Update", {"f:spec": {"f:replsets": {}}}, "2026-01-02T00:00:00Z"),
        managed("kube-controller-manager", "Update", size, "2026-01-03T00:00:00Z"),
        managed("other", "Update", {"f:spec": {"f:words": {}}}, "2026-01-04T00:00:00Z"),
    ]
    managers = managers_of({"metadata": {"managedFields": entries}})
    writer = writer_of(("spec", "replsets", "rs0", "size"), managers, "program")
    assert writer is not None
    assert writer.words == "second at 2026-01-02T00:00:00Z"
    assert writer_of(("spec", "size"), managers, "program") is None


def test_what_is_not_known_is_left_out_and_what_is_secret_remembered() -> None:
    found = desired_of(
        {
            "kind": "Secret",
            "stringData": {"a": {"$secret": "password"}, "b": {"$secret": "[secret]"}},
            "spec": {"ip": {"$unknown": True}, "list": [1, {"$unknown": True}], "plain": [{"x": {"$secret": "word"}}]},
        }
    )
    assert found.value == {"kind": "Secret", "stringData": {"a": "password"}, "spec": {"plain": [{"x": "word"}]}}
    assert set(found.unknown) == {("stringData", "b"), ("spec", "ip"), ("spec", "list")}
    assert ("spec", "plain") in found.secret
    assert found.texts == {"password", "word"}


def test_without_a_dry_run_only_what_the_program_writes_is_compared() -> None:
    live = {"spec": {"size": 5, "default": 1, "sets": [{"name": "b", "x": 2, "y": 1}, {"name": "a", "x": 1}]}}
    wanted = {"spec": {"size": 3, "sets": [{"name": "a", "x": 1}, {"name": "b", "x": 1}]}}
    assert only(live, wanted) == {"spec": {"size": 5, "sets": [{"name": "b", "x": 2}, {"name": "a", "x": 1}]}}
