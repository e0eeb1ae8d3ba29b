"""A control plane with the official definitions of all four operators, and a kube-state-metrics that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from dbaas_components.observability.kube_state_metrics import custom_resource_state
from dbaas_components.versions import VERSIONS
from embedded import builds
from embedded.builds import GoBuild
from embedded.control_plane import ControlPlane
from embedded.monitoring import KUBE_STATE_METRICS, PROMTOOL, RunningKubeStateMetrics, start_kube_state_metrics
from embedded.progress import ConsoleReport
from tests.api.objects import ApiServer


def _program(recipe: GoBuild, capture: Any) -> Path:
    """The program, or a skip where it can neither be had nor built."""
    if (found := builds.cached(recipe)) is not None:
        return found
    if reason := builds.missing_go():
        pytest.skip(f"{recipe.name}: {reason}")
    with capture.global_and_fixture_disabled():
        return builds.build(recipe, ConsoleReport(Console(stderr=True)))


@pytest.fixture(scope="session")
def promtool(request: pytest.FixtureRequest) -> Path:
    """The real promtool."""
    return _program(PROMTOOL, request.config.pluginmanager.getplugin("capturemanager"))


@pytest.fixture(scope="session")
def api_server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    need_control_plane: None,
    crds_folder: Path | None,
) -> Iterator[tuple[ApiServer, Path]]:
    """An API server with the definitions, and its kubeconfig."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    control_plane = ControlPlane("monitoring", tmp_path_factory.mktemp("control-plane") / "monitoring")
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        running = control_plane.start(ConsoleReport(Console(stderr=True)))
    api = ApiServer(running.kubeconfig)
    files = [
        path
        for engine, pins in VERSIONS.items()
        for path in sorted((crds_folder / engine / pins.definitions).glob("*.yaml"))
    ]
    api.install([manifest for path in files for manifest in yaml.safe_load_all(path.read_text()) if manifest])
    yield api, running.kubeconfig
    control_plane.forget()


@pytest.fixture(scope="session")
def kube_state_metrics(
    request: pytest.FixtureRequest, api_server: tuple[ApiServer, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKubeStateMetrics]:
    """The real kube-state-metrics with our configuration."""
    _program(KUBE_STATE_METRICS, request.config.pluginmanager.getplugin("capturemanager"))
    folder = tmp_path_factory.mktemp("kube-state-metrics")
    configuration = folder / "custom-resources.yaml"
    configuration.write_text(yaml.safe_dump(custom_resource_state()))
    with start_kube_state_metrics(api_server[1], configuration, folder) as running:
        yield running
