"""What the tests on the real engine share: the engine itself, fetched or built as `make up` would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from embedded.builds import BuildError
from embedded.control_plane import ControlPlane, Running
from embedded.parts.engine import provide_engine
from embedded.progress import ConsoleReport


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Path:
    """The Pulumi engine. Skips, with the reason, where there is none and none can be had."""
    # A build takes minutes: its progress has to be seen although pytest captures what tests print.
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        try:
            choice = provide_engine(ConsoleReport(Console(stderr=True)))
        except BuildError as error:
            pytest.skip(f"no Pulumi engine: {error}")
    return choice.place


@pytest.fixture
def own_control_plane(tmp_path: Path, need_control_plane: None) -> Iterator[Running]:
    """A control plane of this test alone: for what all of a Kubernetes cluster has in common, such as definitions and
    operators that watch every namespace."""
    control_plane = ControlPlane("own", tmp_path / "control-plane")
    try:
        yield control_plane.start()
    finally:
        control_plane.forget()
