"""Control planes of a test's own, for tests that stop, break or count them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.control_plane import ControlPlane


@pytest.fixture
def new_control_plane(tmp_path: Path, need_control_plane: None) -> Iterator[Callable[[str], ControlPlane]]:
    """Makes control planes by name, in folders of this test; all of them are stopped and deleted afterwards."""
    made: list[ControlPlane] = []

    def make(name: str) -> ControlPlane:
        made.append(ControlPlane(name, tmp_path / name))
        return made[-1]

    yield make
    for control_plane in made:
        control_plane.forget()
