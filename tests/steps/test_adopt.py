"""A database that runs already becomes part of a program on the real engine, without a change to it."""

from __future__ import annotations

import runpy
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config
from typer.testing import CliRunner

from dbaas_components import CustomResourceDefinitions
from dbaas_components.cli import app as cli
from dbaas_components.databases.engines import ENGINES
from embedded.control_plane import ControlPlane
from tests.engine.provider_stack import ProviderStack

pytestmark = pytest.mark.steps

RUNNING = Path(__file__).resolve().parents[1] / "unit" / "running"


@pytest.fixture(scope="module")
def kubeconfig(
    tmp_path_factory: pytest.TempPathFactory, engine: Path, need_control_plane: None, crds_folder: Path | None
) -> Iterator[Path]:
    """A control plane of this module's own with the official definitions: a stand-in would know only our own fields."""
    if crds_folder is None:
        pytest.skip("no official definitions: neither $DBAAS_CRDS nor ../shared/crds is there")
    plane = ControlPlane("adopt", tmp_path_factory.mktemp("adopt") / "control-plane")
    try:
        kubeconfig = plane.start().kubeconfig
        definitions = ProviderStack(tmp_path_factory.mktemp("definitions"), engine, kubeconfig)
        definitions.up(lambda: _define(str(crds_folder)))
        yield kubeconfig
    finally:
        plane.forget()


def _define(folder: str) -> None:
    CustomResourceDefinitions("operators", {"folder": folder})


@pytest.fixture(scope="module")
def api(kubeconfig: Path) -> client.ApiClient:
    return config.new_client_from_config(config_file=str(kubeconfig))


@pytest.fixture
def namespace(api: client.ApiClient) -> str:
    name = f"adopt-{uuid.uuid4().hex[:8]}"
    client.CoreV1Api(api).create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
    return name


def _applied(api: client.ApiClient, engine_name: str, namespace: str) -> dict[str, Any]:
    """Creates the custom resource that was written by hand, as `kubectl apply` would, with strict validation."""
    manifest = yaml.safe_load((RUNNING / f"{engine_name}.yaml").read_text())
    server_owned = ("uid", "resourceVersion", "generation", "creationTimestamp")
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in server_owned}
    manifest = {**manifest, "metadata": {**metadata, "namespace": namespace}}
    manifest.pop("status")
    row = ENGINES[engine_name]
    group, _, version = row.api_version.partition("/")
    made: Any = client.CustomObjectsApi(api).create_namespaced_custom_object(
        group, version, namespace, row.plural, manifest, field_validation="Strict"
    )
    return made


def _live(api: client.ApiClient, engine_name: str, namespace: str, name: str) -> dict[str, Any]:
    row = ENGINES[engine_name]
    group, _, version = row.api_version.partition("/")
    found: Any = client.CustomObjectsApi(api).get_namespaced_custom_object(group, version, namespace, row.plural, name)
    return found


def _adopted(kubeconfig: Path, engine_name: str, namespace: str, name: str) -> str:
    arguments = ["adopt", f"{ENGINES[engine_name].short_names[0]}/{name}", "-n", namespace]
    result = CliRunner().invoke(cli.build_app(), [*arguments, "--kubeconfig", str(kubeconfig)])
    assert result.exit_code == 0, result.output
    assert "refused" not in result.stderr
    return result.stdout


def _program(folder: Path, text: str) -> Callable[[], None]:
    folder.mkdir(exist_ok=True)
    (folder / "__main__.py").write_text(text)
    return lambda: void(runpy.run_path(str(folder / "__main__.py")))


def void(_: object) -> None:
    """A program returns nothing."""


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_running_database_is_imported_and_the_next_preview_is_empty(
    tmp_path: Path, engine: Path, kubeconfig: Path, api: client.ApiClient, namespace: str, engine_name: str
) -> None:
    before = _applied(api, engine_name, namespace)
    name = before["metadata"]["name"]
    text = _adopted(kubeconfig, engine_name, namespace, name)
    stack = ProviderStack(tmp_path, engine, kubeconfig)

    told, _ = stack.up(_program(tmp_path / "program", text))
    # Annotations and finalizers that the PG operator keeps for itself are not the program's to say. The stand-in
    # provider takes that for a difference; its update leaves them as they are, which the end of this test shows.
    assert told.order(f"{name}-database") == (["import", "update"] if engine_name == "pg" else ["import"])
    custom = [item for item in stack.resources().values() if item["custom"] and "providers" not in item["type"]]
    assert [item["id"] for item in custom] == [f"{namespace}/{name}"]
    assert custom[0]["protect"] is True

    # The same program, and the one without `adopt` that it is to become.
    for program in (text, text.replace('        "adopt": True,\n', "")):
        told = stack.preview(_program(tmp_path / "program", program))
        assert set(told.steps.values()) == {"same"}, told.text
    assert '"adopt"' in text
    told, _ = stack.up(_program(tmp_path / "program", text.replace('        "adopt": True,\n', "")))
    assert told.order(f"{name}-database") == ["same"]

    after = _live(api, engine_name, namespace, name)
    assert after["spec"] == before["spec"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    for kept in ("labels", "annotations", "finalizers"):
        assert after["metadata"].get(kept) == before["metadata"].get(kept)


def test_an_adopted_database_is_updated_in_place_by_who_takes_its_fields_over(
    tmp_path: Path, engine: Path, kubeconfig: Path, api: client.ApiClient, namespace: str
) -> None:
    before = _applied(api, "pxc", namespace)
    adopting = _adopted(kubeconfig, "pxc", namespace, "billing")
    stack = ProviderStack(tmp_path, engine, kubeconfig)
    stack.up(_program(tmp_path / "program", adopting))

    # The tool that made it still manages its fields: a change is refused, and nothing is changed by half.
    changed = adopting.replace('"grace_period_seconds": 600', '"grace_period_seconds": 900')
    assert changed != adopting
    _, said = stack.failure("up", _program(tmp_path / "program", changed))
    assert "spec.pxc.gracePeriod: managed by" in said
    assert _live(api, "pxc", namespace, "billing")["metadata"]["generation"] == before["metadata"]["generation"]

    # As docs/adopt.md has it: the annotation takes over what is changed.
    own = '"annotations": {"contact": "payments@example.com"}'
    assert own in adopting
    forced = changed.replace(own, own.replace("}", ', "pulumi.com/patchForce": "true"}'))
    told, _ = stack.up(_program(tmp_path / "program", forced))
    assert told.order("billing-database") == ["update"]
    after = _live(api, "pxc", namespace, "billing")
    assert after["spec"] == {**before["spec"], "pxc": {**before["spec"]["pxc"], "gracePeriod": 900}}
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert set(stack.preview(_program(tmp_path / "program", forced)).steps.values()) == {"same"}


def test_a_database_that_is_not_there_is_not_imported_and_not_made(
    tmp_path: Path, engine: Path, kubeconfig: Path, api: client.ApiClient, namespace: str
) -> None:
    program = "from dbaas_components import ManagedDatabase\n"
    program += f'ManagedDatabase("orders", {{"engine": "pg", "namespace": "{namespace}", "adopt": True}})\n'
    stack = ProviderStack(tmp_path, engine, kubeconfig)
    _, said = stack.failure("up", _program(tmp_path / "program", program))
    assert f"{namespace}/orders" in said
    assert "does not exist" in said or "not found" in said
    with pytest.raises(client.ApiException, match="404"):
        _live(api, "pg", namespace, "orders")


def test_a_database_that_is_not_there_cannot_be_read(kubeconfig: Path, namespace: str) -> None:
    result = CliRunner().invoke(
        cli.build_app(), ["adopt", "pg/orders", "-n", namespace, "--kubeconfig", str(kubeconfig)]
    )
    assert result.exit_code == 1
    assert f"PerconaPGCluster {namespace}/orders: is not there" in result.stderr
