"""A control plane with the official definitions and real operators, for the tests of this folder alone.

It is not the one that other tests share: definitions, webhooks and operators are cluster-wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from dbaas_components.versions import VERSIONS
from embedded.control_plane import ControlPlane
from embedded.operators import OPERATORS, OperatorError, RunningOperator
from embedded.progress import ConsoleReport
from tests.api.objects import ApiServer


@pytest.fixture(scope="session")
def definitions(crds_folder: Path | None) -> list[dict[str, Any]]:
    """The official definitions of cert-manager and of the operators that can run here."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    pins = {name: VERSIONS[name].definitions for name in OPERATORS if name in VERSIONS}
    pins["cert-manager"] = OPERATORS["cert-manager"].build.version
    found = [path for name, version in pins.items() for path in sorted((crds_folder / name / version).glob("*.yaml"))]
    return [manifest for path in found for manifest in yaml.safe_load_all(path.read_text()) if manifest]


@pytest.fixture(scope="session")
def need_operators(need_control_plane: None) -> None:
    """Skips where one of the operators cannot run: no Go to build it, or no mount namespace."""
    for name, operator in OPERATORS.items():
        if reason := operator.missing():
            pytest.skip(f"operator {name}: {reason}")


@pytest.fixture(scope="session")
def loud(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Where builds may take minutes: their progress is shown although pytest captures what tests print."""
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    return capture.global_and_fixture_disabled if capture else nullcontext


@pytest.fixture(scope="session")
def report() -> ConsoleReport:
    """Progress for people, on standard error."""
    return ConsoleReport(Console(stderr=True))


@pytest.fixture(scope="module")
def new_api_server(
    tmp_path_factory: pytest.TempPathFactory,
    need_operators: None,
    definitions: list[dict[str, Any]],
    loud: Callable[[], Any],
    report: ConsoleReport,
) -> Iterator[tuple[ApiServer, Path]]:
    """An API server with the definitions, and its kubeconfig."""
    control_plane = ControlPlane("operators", tmp_path_factory.mktemp("control-plane") / "operators")
    with loud():
        running = control_plane.start(report)
    api = ApiServer(running.kubeconfig)
    api.install(definitions)
    yield api, running.kubeconfig
    control_plane.forget()


@pytest.fixture(scope="module")
def operators(
    new_api_server: tuple[ApiServer, Path],
    tmp_path_factory: pytest.TempPathFactory,
    loud: Callable[[], Any],
    report: ConsoleReport,
) -> Iterator[dict[str, RunningOperator]]:
    """All operators, running; at the end each is stopped, and one that ended before by itself is told."""
    _, kubeconfig = new_api_server
    logs = tmp_path_factory.mktemp("operators")
    running: dict[str, RunningOperator] = {}
    failures: list[Exception] = []
    try:
        with loud():
            for name, operator in OPERATORS.items():
                running[name] = operator.start(kubeconfig, f"{name}-operator", logs, report)
        yield running
    finally:
        for each in running.values():
            try:
                each.stop()
            except OperatorError as error:
                failures.append(error)
    if failures:
        raise ExceptionGroup("operators that ended by themselves", failures)
