"""How long the main job takes when nothing changed, and how long a control plane takes to be ready."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from embedded.control_plane import ControlPlane
from embedded.progress import Report, Silence
from tests.engine.checkout import copy_checkout


def measure(report: Report, definitions: Path | None, repetitions: int = 3) -> dict[str, Any]:
    """Wall clock seconds: the first `up`, the median of later ones without a change, and control plane starts."""
    with tempfile.TemporaryDirectory(prefix="dbaas-bench-") as folder:
        checkout = copy_checkout(Path(folder) / "checkout", definitions)
        try:
            with report.task("make up, the first time"):
                first = _seconds(checkout.run, "up")
            with report.task("make up, without a change"):
                unchanged = [_seconds(checkout.run, "up") for _ in range(repetitions)]
        finally:
            checkout.run("clean")
        plane = ControlPlane("bench", Path(folder) / "control-plane")
        try:
            with report.task("control plane starts"):
                fresh = _seconds(plane.start, Silence())
                plane.stop()
                again: list[float] = []
                for _ in range(repetitions):
                    again.append(_seconds(plane.start, Silence()))
                    plane.stop()
        finally:
            plane.forget()
    return {
        "first_up": first,
        "unchanged_up": round(statistics.median(unchanged), 1),
        "control_plane_first_start": fresh,
        "control_plane_start": round(statistics.median(again), 1),
    }


def _seconds(action: Any, *arguments: Any) -> float:
    began = time.monotonic()
    result = action(*arguments)
    if isinstance(result, tuple) and result[0] != 0:
        raise RuntimeError(f"{arguments} failed:\n{result[1]}")
    return round(time.monotonic() - began, 1)
