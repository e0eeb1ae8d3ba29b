"""`dbaas drift` on a real API server with the official definitions: hands, operators, defaults, secrets."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.cli.app import build_app
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import OPERATOR_OWNED
from dbaas_components.diff import side
from dbaas_components.diff.document import read_document
from dbaas_components.drift.desired import desired_of
from dbaas_components.evaluate import evaluate
from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.steps.test_operator_owned import parts_of, places, written_by_an_operator

pytestmark = pytest.mark.api

PASSWORD = "a-password-that-nobody-may-see"
MANAGER = "pulumi-kubernetes-test"
STORAGE = {
    "pxc": "spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage",
    "ps": "spec.mysql.volumeSpec.persistentVolumeClaim.resources.requests.storage",
    "psmdb": "spec.replsets[rs0].volumeSpec.persistentVolumeClaim.resources.requests.storage",
    "pg": "spec.instances[instance1].dataVolumeClaimSpec.resources.requests.storage",
}
PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s
from dbaas_components import ManagedDatabase

config = pulumi.Config("drift")
cluster = k8s.Provider("local", kubeconfig=config.require("kubeconfig"))
options = pulumi.ResourceOptions(providers=[cluster])
for engine, args in config.require_object("databases").items():
    ManagedDatabase(f"{engine}-db", {"engine": engine, "namespace": config.require("namespace"), **args}, options)
k8s.core.v1.Secret(
    "password",
    metadata={"name": "password", "namespace": config.require("namespace")},
    string_data={"password": pulumi.Output.secret(config.require("password"))},
    opts=pulumi.ResourceOptions(provider=cluster),
)
k8s.core.v1.ConfigMap(
    "notes",
    metadata={"name": "notes", "namespace": config.require("namespace")},
    data={"text": "as it was"},
    opts=pulumi.ResourceOptions(provider=cluster),
)
"""
DATABASES = {
    engine: {
        "profile": "dev",
        "replicas": 3,
        "storage": {"size": "20Gi", "autoscale": {"max_size": "1Ti"}} if engine != "pg" else "20Gi",
    }
    for engine in ENGINES
}


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    """The shared control plane with the official definitions."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    databases = {engine.definition_name for engine in ENGINES.values()}
    server.install([found for found in read_bundle(crds_folder) if found["metadata"]["name"] in databases])
    return server


@dataclass(frozen=True)
class Stack:
    """A program whose objects a test has applied, and the cluster that they are in."""

    folder: Path
    namespace: str
    server: ApiServer

    def path(self, engine: str) -> str:
        row = ENGINES[engine]
        return f"/apis/{row.api_version}/namespaces/{self.namespace}/{row.plural}/{engine}-db"

    def core(self, plural: str, name: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/{plural}/{name}"

    def edit(self, path: str, change: Callable[[Any], None], manager: str = "kubectl-edit") -> None:
        """What `kubectl edit` does: reads, changes, writes the whole object under a name of its own."""
        live = self.server.call("GET", path)
        change(live)
        self.server.call("PUT", path, body=live, fieldManager=manager)

    def drift(self, *more: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(build_app(), ["drift", "--project", str(self.folder), "--format", "json", *more])
        assert result.exit_code in (0, 1), result.output
        return result.exit_code, json.loads(result.stdout)

    def apply(self) -> None:
        """Applies the program's objects as Pulumi's provider does: each under one name, by server-side apply."""
        values = yaml.safe_load((self.folder / "Pulumi.dev.yaml").read_text())["config"]
        config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
        graph = evaluate(self.folder, project="drift", stack="dev", config=config)
        plurals = {"Secret": "secrets", "ConfigMap": "configmaps", "PodDisruptionBudget": "poddisruptionbudgets"}
        plurals |= {"NetworkPolicy": "networkpolicies"}
        plurals |= {row.kind: row.plural for row in ENGINES.values()}
        for resource in read_document(side.document_of(graph, "dev")).resources:
            if not resource.type.startswith("kubernetes:"):
                continue
            manifest = desired_of(resource.inputs).value
            group = manifest["apiVersion"]
            base = f"/apis/{group}" if "/" in group else f"/api/{group}"
            place = f"{base}/namespaces/{resource.namespace}/{plurals[resource.kind]}/{resource.object_name}"
            self.server.call(
                "PATCH", place, body=manifest, type="application/apply-patch+yaml", fieldManager=MANAGER, force="true"
            )


def new_stack(folder: Path, server: ApiServer, kubeconfig: Path, databases: Mapping[str, Any]) -> Stack:
    namespace = server.new_namespace(f"drift-{uuid.uuid4().hex[:8]}")
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: drift\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    config = {
        "drift:kubeconfig": str(kubeconfig),
        "drift:namespace": namespace,
        "drift:password": PASSWORD,
        "drift:databases": dict(databases),
    }
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    stack = Stack(folder, namespace, server)
    stack.apply()
    return stack


@pytest.fixture
def stack(tmp_path: Path, server: ApiServer, control_plane: Running) -> Stack:
    return new_stack(tmp_path / "project", server, control_plane.kubeconfig, DATABASES)


@pytest.fixture
def small(tmp_path: Path, server: ApiServer, control_plane: Running) -> Stack:
    return new_stack(tmp_path / "project", server, control_plane.kubeconfig, {"pxc": DATABASES["pxc"]})


def test_what_was_just_applied_has_no_drift_whatever_the_server_added(stack: Stack) -> None:
    code, report = stack.drift()
    assert (code, report["changes"]) == (0, [])
    assert report["looked"] >= 6


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_a_field_changed_by_hand_is_told_with_who_did_it_and_what_an_up_would_do(stack: Stack, engine: str) -> None:
    size = {
        "pxc": ("spec", "pxc", "size"),
        "ps": ("spec", "mysql", "size"),
        "psmdb": ("spec", "replsets", 0, "size"),
        "pg": ("spec", "instances", 0, "replicas"),
    }[engine]

    def change(live: Any) -> None:
        *above, last = size
        for key in above:
            live = live[key]
        live[last] = 5

    stack.edit(stack.path(engine), change)
    code, report = stack.drift()
    assert code == 1
    (found,) = report["changes"]
    assert (found["database"], found["program"], found["cluster"]) == (f"{engine}-db", "3", "5")
    assert found["word"] == "replicas"
    assert found["by"].startswith("kubectl-edit at ")
    assert found["back"]["class"] == "online"


def test_a_field_that_the_program_never_wrote_is_told_when_a_hand_added_it(stack: Stack) -> None:
    def change(live: Any) -> None:
        live["spec"]["pxc"]["nodeSelector"] = {"disk": "slow"}
        live["spec"]["pause"] = True

    stack.edit(stack.path("pxc"), change)
    code, report = stack.drift()
    assert code == 1
    found = {one["path"]: one for one in report["changes"]}
    assert set(found) >= {"spec.pause"}
    assert any(path.startswith("spec.pxc.nodeSelector") for path in found)
    assert all(one["by"].startswith("kubectl-edit") for one in found.values())


def test_what_an_operator_owns_is_no_drift(stack: Stack) -> None:
    """Every field of the registry that these databases hand over, under the name of an operator."""
    written = set()
    for engine in ENGINES:
        features = {"always", "storage_autoscaling"} if engine != "pg" else {"always"}

        def change(live: Any, engine: str = engine, features: set[str] = features) -> None:
            for owned in OPERATOR_OWNED:
                if owned.engine == engine and owned.feature in features:
                    for container, key in list(places(live, parts_of(owned.path))):
                        before = container[key] if isinstance(container, list) else container.get(key)
                        container[key] = written_by_an_operator(owned, before)
                        written.add(owned.path)
            live["metadata"].setdefault("annotations", {})

        stack.edit(stack.path(engine), change, manager="percona-operator-of-a-test")
    assert len(written) >= 5
    code, report = stack.drift()
    assert [one for one in report["changes"] if one["counts"]] == []
    assert code == 0


def test_the_same_field_is_drift_where_no_feature_hands_it_over(
    tmp_path: Path, server: ApiServer, control_plane: Running
) -> None:
    databases = {"pxc": {**DATABASES["pxc"], "storage": "20Gi"}}
    stack = new_stack(tmp_path / "project", server, control_plane.kubeconfig, databases)

    def change(live: Any) -> None:
        claim = live["spec"]["pxc"]["volumeSpec"]["persistentVolumeClaim"]
        claim["resources"]["requests"]["storage"] = "40Gi"

    stack.edit(stack.path("pxc"), change, manager="percona-xtradb-cluster-operator")
    code, report = stack.drift()
    assert code == 1
    (found,) = report["changes"]
    assert (found["path"], found["program"], found["cluster"]) == (STORAGE["pxc"], "20Gi", "40Gi")
    # An `up` asks for a smaller volume, which no database can have.
    assert found["back"]["class"] == "replace"


def test_a_deleted_database_is_loss_of_data(small: Stack) -> None:
    small.server.call("DELETE", small.path("pxc"))
    code, report = small.drift()
    assert code == 1
    found = [one for one in report["changes"] if one["kind"] == "PerconaXtraDBCluster"]
    assert [one["class"] for one in found] == ["data-loss"]
    assert "somebody deleted it" in found[0]["happens"]


def test_what_is_deleted_beside_a_database_is_told_with_what_is_lost_by_it(
    tmp_path: Path, server: ApiServer, control_plane: Running
) -> None:
    databases = {"pxc": {**DATABASES["pxc"], "network": {"allow_from": [{"namespace": "apps"}]}}}
    stack = new_stack(tmp_path / "project", server, control_plane.kubeconfig, databases)
    assert stack.drift()[0] == 0
    policies = f"/apis/networking.k8s.io/v1/namespaces/{stack.namespace}/networkpolicies"
    stack.server.call("DELETE", f"{policies}/pxc-db-clients")
    stack.server.call("DELETE", stack.core("secrets", "password"))
    code, report = stack.drift()
    assert code == 1
    found = {one["kind"]: one for one in report["changes"]}
    assert set(found) == {"NetworkPolicy", "Secret"}
    assert found["NetworkPolicy"]["class"] == "less-protection"
    assert found["Secret"]["class"] == "less-protection"
    for one in found.values():
        assert one["happens"].startswith("somebody deleted it: ")
        assert one["back"]["class"] == "online"


def test_status_and_what_the_failover_tool_notes_are_no_drift(small: Stack) -> None:
    def change(live: Any) -> None:
        live["metadata"].setdefault("annotations", {}).update(
            {"dbaas-components.io/dr-epoch": "7", "dbaas-components.io/dr-order": "{}"}
        )

    small.edit(small.path("pxc"), change, manager="dbaas-dr")
    live = small.server.call("GET", small.path("pxc"))
    small.server.call("PUT", f"{small.path('pxc')}/status", body={**live, "status": {"state": "ready", "ready": 3}})
    assert small.server.call("GET", small.path("pxc"))["status"]["state"] == "ready"
    code, report = small.drift()
    assert (code, report["changes"]) == (0, [])


def test_a_database_that_a_finalizer_holds_is_told_as_deleted(small: Stack) -> None:
    small.edit(
        small.path("pxc"), lambda live: live["metadata"].update(finalizers=["percona.com/delete-pxc-pods-in-order"])
    )
    small.server.call("DELETE", small.path("pxc"))
    try:
        code, report = small.drift()
        assert code == 1
        assert any("a finalizer holds it" in one["happens"] for one in report["changes"])
    finally:
        small.edit(small.path("pxc"), lambda live: live["metadata"].pop("finalizers"))


def test_a_secret_changed_by_hand_is_seen_and_never_shown(small: Stack) -> None:
    other = "another-password-of-somebody"
    small.edit(
        small.core("secrets", "password"),
        lambda live: live["data"].update(password=base64.b64encode(other.encode()).decode()),
    )
    # Copied to where anybody can read it.
    small.edit(small.core("configmaps", "notes"), lambda live: live["data"].update(text=f"it is {other}"))
    for form in ("json", "terminal", "markdown"):
        result = CliRunner().invoke(build_app(), ["drift", "--project", str(small.folder), "--format", form])
        assert result.exit_code == 1
        for text in (PASSWORD, other):
            assert text not in result.output
            assert base64.b64encode(text.encode()).decode() not in result.output
    _, report = small.drift()
    shown = {one["path"]: (one["program"], one["cluster"]) for one in report["changes"]}
    assert shown == {"data.password": ("[secret]", "[secret]"), "data.text": ("as it was", "[secret]")}


def test_a_label_added_by_hand_is_told_and_counts_as_nothing(small: Stack) -> None:
    small.edit(
        small.core("configmaps", "notes"), lambda live: live["metadata"].setdefault("labels", {}).update(team="a")
    )
    code, report = small.drift()
    assert code == 0
    assert [(one["path"], one["counts"]) for one in report["changes"]] == [("metadata.labels.team", False)]


def test_looking_changes_nothing(small: Stack) -> None:
    small.edit(small.core("configmaps", "notes"), lambda live: live["data"].update(text="by hand"))
    before = small.server.call("GET", small.core("configmaps", "notes"))
    assert small.drift()[0] == 1
    assert small.server.call("GET", small.core("configmaps", "notes")) == before


def test_a_cluster_that_does_not_answer_is_neither_drift_nor_none(small: Stack, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "nowhere"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "a", "user": {}}],
    }
    kubeconfig.write_text(yaml.safe_dump(content))
    result = CliRunner().invoke(build_app(), ["drift", "--project", str(small.folder), "--kubeconfig", str(kubeconfig)])
    assert result.exit_code == 2
    assert "does not answer" in result.output
