"""What tests of several tiers share: one running control plane and the official CRDs, for those that ask for them."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from rich.console import Console

from embedded.control_plane import ControlPlane, Running, choose_assets
from embedded.progress import ConsoleReport
from tests.api.summaries import saved_summaries

_FOLDER = "DBAAS_TESTS_CONTROL_PLANE"
_ROOT = Path(__file__).resolve().parents[1]
_LOOKS = (
    "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "NO_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
    "GITHUB_ACTIONS", "COLUMNS", "LINES", "TERMINAL_WIDTH",
)  # fmt: skip
"""What programs take for leave to print colours, or for a width, whatever they print to."""


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the session's control plane folder; xdist's workers inherit it, so that they share one instance."""
    if not hasattr(config, "workerinput"):
        os.environ[_FOLDER] = str(Path(tempfile.gettempdir()) / f"dbaas-components-tests-{uuid.uuid4().hex}")

    # Output is compared as a pipe gets it; pytest itself has read by now what it was asked for.
    for name in _LOOKS:
        os.environ.pop(name, None)
    _connect_anew()
    # A slow example is one on a busy machine; nothing is wrong with it.
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile("any machine", deadline=None, database=None, suppress_health_check=slow)
    hypothesis.settings.load_profile("any machine")


def _connect_anew() -> None:
    """Has every engine's connection be one of its own.

    gRPC shares connections to one address within a process. Of hundreds of engines some get a port that an earlier one
    had, and would be told that nobody answers, for as long as the earlier connection waits before it tries again.
    """
    from pulumi.runtime import _grpc_settings

    _grpc_settings._GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))  # pyright: ignore[reportPrivateUsage]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops and deletes the session's control plane, after every worker has ended."""
    if not hasattr(config, "workerinput"):
        _shared().forget()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tells which fields the generated specifications of this session exercised; a worker of xdist counted them."""
    cache: Any = getattr(config, "cache", None)
    if cache is None:  # Switched off; the fields were not counted then.
        return
    lines = saved_summaries(cache.mkdir("generated-specs"), _session_name())
    if lines:
        terminalreporter.section("generated specifications")
        terminalreporter.write("\n".join([*lines, ""]))


@pytest.fixture(scope="session")
def session_name() -> str:
    """A word that all workers of this session share, and no other session has."""
    return _session_name()


def _session_name() -> str:
    return Path(os.environ[_FOLDER]).name


def _shared() -> ControlPlane:
    return ControlPlane("tests", Path(os.environ[_FOLDER]))


@pytest.fixture(scope="session")
def control_plane(request: pytest.FixtureRequest, need_control_plane: None) -> Running:
    """A running control plane with fresh data, shared by all tests of this session and by xdist's workers.

    Tests keep to namespaces of their own.
    """
    # The first run builds for minutes: its progress has to be seen although pytest captures what tests print.
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        running = _shared().start(ConsoleReport(Console(stderr=True)))
    return running


@pytest.fixture(scope="session")
def need_control_plane() -> None:
    """Skips where no control plane can be had: its program is neither there nor can be built."""
    assets = choose_assets()
    if not assets.ready and assets.remedy:
        pytest.skip(f"no control plane: {assets.remedy}")


@pytest.fixture(scope="session")
def crds_folder() -> Path | None:
    """The official CRD bundles: `$DBAAS_CRDS`, else `../shared/crds` beside the project; None without either."""
    given = os.environ.get("DBAAS_CRDS")
    folder = Path(given) if given else _ROOT.parent / "shared" / "crds"
    return folder if folder.is_dir() else None
