"""`dbaas render` writes manifests that an API server takes as they are, stage by stage."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.software_definitions import write_software_stand_ins
from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.cli.render import write
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.evaluate import evaluate
from dbaas_components.manifests import STAGES, Rendered, render
from embedded.control_plane import ControlPlane
from stacks.program import main as program
from stacks.settings import PROJECT_FOLDER
from tests.api.objects import ApiServer

pytestmark = pytest.mark.api


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, crds_folder: Path | None) -> Path:
    if crds_folder is None:
        crds_folder = tmp_path_factory.mktemp("definitions")
        write_definitions(crds_folder)
        write_software_stand_ins(crds_folder)
    project = find_project(PROJECT_FOLDER)
    values = project.config("dev")
    values["dbaas:custom_resource_definitions"]["folder"] = str(crds_folder)
    config, secret_keys = engine_config(values)
    output = tmp_path_factory.mktemp("render") / "dev"
    write(_render(config, secret_keys), output)
    return output


def _render(config: dict[str, str], secret_keys: list[str]) -> Rendered:
    return render(evaluate(program, project="dbaas", stack="dev", config=config, secret_config=secret_keys))


# Those of charts are values, which Helm takes.
OBJECTS = STAGES[:3]


def path_of(manifest: dict[str, Any]) -> str:
    """The object's path in the API."""
    metadata, kind = manifest["metadata"], manifest["kind"].lower()
    place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    api = f"/apis/{manifest['apiVersion']}" if "/" in manifest["apiVersion"] else "/api/v1"
    plural = f"{kind}es" if kind.endswith("s") else f"{kind}s"
    return f"{api}{place}/{plural}/{metadata['name']}"


def test_an_api_server_takes_every_manifest_in_the_order_of_the_files(
    rendered: Path, new_control_plane: Callable[..., ControlPlane]
) -> None:
    server = ApiServer(new_control_plane("files").start().kubeconfig)
    for stage in OBJECTS:
        manifests = [yaml.safe_load(path.read_text()) for path in sorted((rendered / "local" / stage).glob("*.yaml"))]
        assert manifests
        if stage == STAGES[0]:
            server.install(manifests)
            continue
        for manifest in manifests:
            server.apply(path_of(manifest), manifest)


def test_kubectl_applies_every_stage_server_side(
    rendered: Path, new_control_plane: Callable[..., ControlPlane]
) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not on PATH")
    running = new_control_plane("render").start()
    base = [kubectl, "--kubeconfig", str(running.kubeconfig)]
    for stage in OBJECTS:
        folder = rendered / "local" / stage
        done = subprocess.run(
            [*base, "apply", "--server-side", "-f", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("serverside-applied") == len(list(folder.glob("*.yaml")))
        if stage == STAGES[0]:
            wait = ["wait", "--for", "condition=Established", "--timeout", "60s", "-f", str(folder)]
            subprocess.run([*base, *wait], capture_output=True, check=True)
    server = ApiServer(running.kubeconfig)
    for path in (rendered / "local" / STAGES[2]).glob("*.yaml"):
        wanted = yaml.safe_load(path.read_text())
        live = server.call("GET", path_of(wanted))
        assert live["metadata"]["labels"] == wanted["metadata"]["labels"]


def test_no_manifest_holds_the_value_of_a_secret(rendered: Path) -> None:
    kinds = [yaml.safe_load(path.read_text())["kind"] for stage in OBJECTS for path in rendered.glob(f"*/{stage}/*")]
    assert kinds
    assert "Secret" not in kinds
