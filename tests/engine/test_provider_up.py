"""The stand-in provider under the real engine: preview, up, refresh, import and destroy."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from embedded.control_plane import Running
from embedded.provider.cluster import Cluster
from embedded.provider.kubeconfig import load
from tests.engine.provider_stack import Program, ProviderStack

pytestmark = pytest.mark.engine

PASSWORD = "correct-horse-battery-staple"


@pytest.fixture
def stack(tmp_path: Path, engine: Path, control_plane: Running) -> Iterator[ProviderStack]:
    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig)
    yield stack
    stack.destroy()


@pytest.fixture
def cluster(control_plane: Running) -> Cluster:
    return Cluster(load(str(control_plane.kubeconfig)))


@pytest.fixture
def name() -> str:
    """A name that no other test has, for namespaces and groups."""
    return f"e{uuid.uuid4().hex[:8]}"


def change(cluster: Cluster, path: str, body: Any) -> None:
    """Changes an object as someone with kubectl would."""
    cluster._api.request("PATCH", path, body=body, content_type="application/merge-patch+json")


def shop(name: str, replicas: int = 1, image: str = "nginx:1", **data: str) -> Program:
    def program() -> None:
        # Namespaces take the controllers 5 s to empty; destroying them has a test of its own.
        skip = {"pulumi.com/skipAwait": "true"}
        namespace = k8s.core.v1.Namespace("namespace", metadata={"name": name, "annotations": skip})
        settings = k8s.core.v1.ConfigMap("settings", metadata={"namespace": namespace.metadata["name"]}, data=data)
        k8s.apps.v1.Deployment(
            "web",
            metadata={"name": "web", "namespace": name},
            spec={
                "replicas": replicas,
                "selector": {"match_labels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": image}]},
                },
            },
            opts=pulumi.ResourceOptions(depends_on=[namespace]),
        )
        pulumi.export("settings", settings.metadata["name"])

    return program


def test_a_stack_is_created_kept_changed_and_its_drift_seen(stack: ProviderStack, cluster: Cluster, name: str) -> None:
    previewed = stack.preview(shop(name))
    assert previewed.steps["web"] == "create"
    told, result = stack.up(shop(name))
    announced = [line for line in told.messages if "stand-in Kubernetes provider in use" in line]
    assert len(announced) == 1
    assert "context tests" in announced[0]
    autonamed = result.outputs["settings"].value
    assert autonamed.startswith("settings-")
    resources = stack.resources()
    assert resources["web"]["id"] == f"{name}/web"
    assert resources["namespace"]["id"] == name
    assert resources["web"]["outputs"]["metadata"]["uid"]
    assert "managedFields" not in resources["web"]["outputs"]["metadata"]

    told, _ = stack.up(shop(name))
    assert set(told.steps.values()) == {"same"}

    previewed = stack.preview(shop(name, replicas=2, image="nginx:2"))
    assert previewed.steps["web"] == "update"
    assert previewed.changed_paths("web") == {"spec.replicas", "spec.template.spec.containers[0].image"}
    told, result = stack.up(shop(name, replicas=2, image="nginx:2", a="1"))
    assert told.steps["web"] == told.steps["settings"] == "update"
    assert result.outputs["settings"].value == autonamed, "an automatic name stays over updates"

    change(cluster, f"/apis/apps/v1/namespaces/{name}/deployments/web", {"spec": {"replicas": 7}})
    program = shop(name, replicas=2, image="nginx:2", a="1")
    assert stack.preview(program).steps["web"] == "same", "without a refresh nobody looks"
    stack.refresh(program)
    assert stack.resources()["web"]["inputs"]["spec"]["replicas"] == 7
    told, output = stack.failure("preview", program)
    assert 'spec.replicas: managed by "' in output
    assert told.changed_paths("web") == {"spec.replicas"}


def test_an_object_deleted_by_someone_else_is_made_again_after_a_refresh(
    stack: ProviderStack, cluster: Cluster, name: str
) -> None:
    stack.up(shop(name))
    cluster._api.request("DELETE", f"/apis/apps/v1/namespaces/{name}/deployments/web")
    stack.refresh(shop(name))
    assert "web" not in stack.resources()
    told, _ = stack.up(shop(name))
    assert told.steps["web"] == "create"


def named(name: str, object_name: str | None, data: str = "1") -> Program:
    def program() -> None:
        skip = {"pulumi.com/skipAwait": "true"}
        namespace = k8s.core.v1.Namespace("namespace", metadata={"name": name, "annotations": skip})
        metadata: Any = {"namespace": name} | ({"name": object_name} if object_name else {})
        k8s.core.v1.ConfigMap(
            "settings", metadata=metadata, data={"a": data}, opts=pulumi.ResourceOptions(depends_on=[namespace])
        )

    return program


def test_another_name_replaces_and_the_old_object_goes_last(stack: ProviderStack, cluster: Cluster, name: str) -> None:
    stack.up(named(name, "one"))
    previewed = stack.preview(named(name, "two"))
    assert previewed.changed_paths("settings") == {"metadata.name"}
    assert "replace" in previewed.order("settings")
    told, _ = stack.up(named(name, "two"))
    order = told.order("settings")
    assert order.index("create-replacement") < order.index("delete-replaced")
    _, answer = cluster._api.request("GET", f"/api/v1/namespaces/{name}/configmaps")
    assert {"two"} == {item["metadata"]["name"] for item in answer["items"]} - {"kube-root-ca.crt"}


def test_the_api_servers_own_validation_is_in_the_preview(stack: ProviderStack) -> None:
    def invalid() -> None:
        pod = {"metadata": {"labels": {"app": "other"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
        spec: Any = {"replicas": -1, "selector": {"match_labels": {"app": "web"}}, "template": pod}
        k8s.apps.v1.Deployment("web", metadata={"name": "web", "namespace": "default"}, spec=spec)

    def misspelt() -> None:
        metadata: Any = {"name": "web", "namespace": "default"}
        k8s.apiextensions.CustomResource(
            "typo", api_version="apps/v1", kind="Deployment", metadata=metadata, spec={"replica": 3}
        )

    _, output = stack.failure("preview", invalid)
    lines = [line.strip() for line in output.splitlines()]
    assert any(line.endswith("Deployment default/web: the API server refused 2 fields") for line in lines), output
    assert any(line.startswith("spec.replicas: Invalid value: -1") for line in lines)
    assert any(line.startswith("spec.template.metadata.labels: Invalid value") for line in lines)
    assert "Traceback" not in output
    _, output = stack.failure("preview", misspelt)
    assert "spec.replica: is not a field of this kind" in output


def test_a_preview_knows_that_some_values_are_not_known_yet(stack: ProviderStack, name: str) -> None:
    def program() -> None:
        skip = {"pulumi.com/skipAwait": "true"}
        namespace = k8s.core.v1.Namespace("namespace", metadata={"name": name, "annotations": skip})
        uid = namespace.metadata["uid"]
        k8s.core.v1.ConfigMap("settings", metadata={"name": "a", "namespace": name}, data={"of": uid})
        pulumi.export("uid", uid)

    previewed = stack.preview(program)
    assert previewed.steps["settings"] == "create"
    _, result = stack.up(program)
    assert stack.resources()["settings"]["outputs"]["data"]["of"] == result.outputs["uid"].value
    assert len(result.outputs["uid"].value) == 36


def definition(name: str, resource: str = "definition", plural: str = "things", **timeouts: str) -> None:
    """A definition of kind Thing in the test's own group; two with other plurals are in each other's way."""
    free = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
    schema = {"type": "object", "properties": {"spec": free}}
    spec: Any = {
        "group": f"{name}.example.org",
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": plural, "singular": plural.removesuffix("s")},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"open_apiv3_schema": schema}}],
    }
    k8s.apiextensions.v1.CustomResourceDefinition(
        resource,
        metadata={"name": f"{plural}.{name}.example.org"},
        spec=spec,
        opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(**timeouts)),
    )


def test_a_definition_and_its_object_come_and_go_in_one_update_even_without_a_dependency(
    stack: ProviderStack, cluster: Cluster, name: str
) -> None:
    def program() -> None:
        definition(name)
        k8s.apiextensions.CustomResource(
            "thing",
            api_version=f"{name}.example.org/v1",
            kind="Thing",
            metadata={"name": "one", "namespace": "default"},
            spec={"size": 3, "anything": {"goes": True}},
        )

    assert stack.preview(program).steps["thing"] == "create"
    stack.up(program)
    told, _ = stack.up(program)
    assert set(told.steps.values()) == {"same"}
    stack.refresh(program)
    told, _ = stack.up(program)
    assert set(told.steps.values()) == {"same"}, "a refresh without drift changes nothing"
    stack.destroy(program)
    assert not stack.resources()
    assert cluster.read(cluster.identify("v1", "Namespace", "", "default")) is not None


def test_a_namespace_is_gone_when_destroy_ends(stack: ProviderStack, cluster: Cluster, name: str) -> None:
    def program() -> None:
        namespace = k8s.core.v1.Namespace("namespace", metadata={"name": name})
        k8s.core.v1.ConfigMap("settings", metadata={"name": "a", "namespace": namespace.metadata["name"]})

    stack.up(program)
    told = stack.destroy(program)
    assert cluster.read(cluster.identify("v1", "Namespace", "", name)) is None
    assert any(f"for Namespace {name} to be gone" in line for line in told.passing_messages)


def test_a_definition_that_is_not_established_in_time_is_kept_in_the_state_and_gone_on_with(
    stack: ProviderStack, cluster: Cluster, name: str
) -> None:
    def program() -> None:
        definition(name)
        definition(name, "clash", "others", create="2s", update="20s")

    stack.up(lambda: definition(name))
    _, output = stack.failure("up", program)
    assert "condition NamesAccepted" in output
    assert stack.resources()["clash"]["id"] == f"others.{name}.example.org"
    cluster._api.request("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{name}.example.org")
    stack.up(program)
    assert "initErrors" not in stack.resources()["clash"]


def test_no_secret_value_is_in_the_state_or_on_the_screen(stack: ProviderStack, name: str) -> None:
    def program(value: str = PASSWORD) -> None:
        k8s.core.v1.Secret("secret", metadata={"name": name, "namespace": "default"}, string_data={"password": value})
        k8s.core.v1.ConfigMap(
            "settings",
            metadata={"name": name, "namespace": "default"},
            data={"connection": pulumi.Output.secret(value), "host": "shop.example.org"},
        )

    encoded = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ"
    previewed = stack.preview(program, diff=True)
    told, _ = stack.up(program, diff=True)
    changed = stack.preview(lambda: program(f"{PASSWORD}-2"), diff=True)
    refreshed = stack.refresh(program)
    shown = "\n".join(part.text for part in (previewed, told, changed, refreshed))
    for text in (stack.stored(), shown):
        assert PASSWORD not in text
        assert encoded not in text
    assert "shop.example.org" in stack.stored()
    assert changed.steps["secret"] == "update"


def test_an_existing_object_can_be_imported_and_is_then_managed(
    stack: ProviderStack, cluster: Cluster, name: str
) -> None:
    path = f"/api/v1/namespaces/default/configmaps/{name}"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}}
    cluster._api.request("POST", "/api/v1/namespaces/default/configmaps", body=body)

    def program(importing: str | None = f"default/{name}", a: str = "1") -> None:
        k8s.core.v1.ConfigMap(
            "settings",
            metadata={"name": name, "namespace": "default"},
            data={"a": a},
            opts=pulumi.ResourceOptions(import_=importing),
        )

    _, output = stack.failure("up", lambda: program(None))
    assert "exists already" in output
    told, _ = stack.up(program)
    assert told.steps["settings"] == "import"
    told, _ = stack.up(lambda: program(None))
    assert told.steps["settings"] == "same"
    stack.destroy()
    assert cluster.read(cluster.identify("v1", "ConfigMap", "default", name)) is None, path


def test_a_field_that_an_operator_owns_is_left_to_it(stack: ProviderStack, cluster: Cluster, name: str) -> None:
    def program(label: str) -> None:
        skip = {"pulumi.com/skipAwait": "true"}
        namespace = k8s.core.v1.Namespace("namespace", metadata={"name": name, "annotations": skip})
        k8s.core.v1.ConfigMap(
            "settings",
            metadata={"name": "a", "namespace": name, "labels": {"label": label}},
            data={"size": "10"},
            opts=pulumi.ResourceOptions(depends_on=[namespace], ignore_changes=["data.size"]),
        )

    stack.up(lambda: program("one"))
    change(cluster, f"/api/v1/namespaces/{name}/configmaps/a", {"data": {"size": "20"}})
    told, _ = stack.up(lambda: program("two"))
    assert told.changed_paths("settings") == {"metadata.labels.label"}
    assert stack.resources()["settings"]["outputs"]["data"] == {"size": "20"}


def test_a_provider_of_its_own_takes_the_kubeconfig_as_text(
    stack: ProviderStack, control_plane: Running, name: str, tmp_path: Path, engine: Path
) -> None:
    content = control_plane.kubeconfig.read_text()

    def program() -> None:
        provider = k8s.Provider("other", kubeconfig=content, namespace="kube-public", context="tests")
        k8s.core.v1.ConfigMap("settings", metadata={"name": name}, opts=pulumi.ResourceOptions(provider=provider))

    told, _ = stack.up(program)
    assert stack.resources()["settings"]["id"] == f"kube-public/{name}"
    told, _ = stack.up(program)
    assert set(told.steps.values()) == {"same"}


@pytest.mark.parametrize("operation", ["preview", "up"])
def test_a_cluster_that_does_not_answer_is_one_message_with_context_and_server(
    tmp_path: Path, engine: Path, operation: str
) -> None:
    kubeconfig = tmp_path / "dead.json"
    kubeconfig.write_text(
        '{"current-context":"dead","clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:9"}}],'
        '"contexts":[{"name":"dead","context":{"cluster":"c"}}]}'
    )

    def program() -> None:
        for index in range(10):
            k8s.core.v1.ConfigMap(f"settings{index}", metadata={"name": f"a{index}"})

    told, output = ProviderStack(tmp_path, engine, kubeconfig).failure(operation, program)
    said = [message for message in told.messages if "does not answer" in message]
    assert len(said) == 1, output
    assert "context dead (http://127.0.0.1:9)" in said[0]
    assert "Traceback" not in output
