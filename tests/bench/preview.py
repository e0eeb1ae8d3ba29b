"""CPU time of the real engine's `preview` of many databases: through our components, and the same leaves by hand.

Every preview is a process tree of its own: the driver with the inline program, the engine, and the provider that asks
the API server for a dry run of each object. The CPU time of the whole tree counts, imports included; the API server's
does not, since both ask it for the same.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbaas_components.bootstrap.definition_sources import find_definitions
from embedded.control_plane import ControlPlane
from embedded.parts.engine import provide_engine
from embedded.parts.provider import provide_provider
from embedded.progress import Report
from embedded.workspace import path_entries
from tests.bench.programs import leaves

PROJECT = Path(__file__).resolve().parents[2]
VARIANTS = ("components", "by_hand")
SIZES = (100, 1000)


def measure(
    report: Report, sizes: Sequence[int] = SIZES, repetitions: int = 3, *, full: bool = False
) -> list[dict[str, Any]]:
    """One row for each size: median CPU seconds of both variants and the median ratio of the pairs."""
    with tempfile.TemporaryDirectory(prefix="dbaas-bench-") as folder:
        plane = ControlPlane("bench", Path(folder) / "control-plane")
        try:
            drive = _Driver.prepared(report, plane.start(report).kubeconfig, Path(folder))
            return [_row(drive, size, repetitions, report, full) for size in sizes]
        finally:
            plane.forget()


def _row(drive: _Driver, size: int, repetitions: int, report: Report, full: bool) -> dict[str, Any]:
    rounds: list[dict[str, float]] = []
    for number in range(repetitions):
        order = VARIANTS if number % 2 == 0 else tuple(reversed(VARIANTS))
        with report.task(f"preview of {size} databases, pair {number + 1} of {repetitions}"):
            rounds.append({kind: drive.cpu_seconds(kind, size, full=full) for kind in order})
    medians = {kind: round(statistics.median(found[kind] for found in rounds), 3) for kind in VARIANTS}
    ratio = statistics.median(found["components"] / found["by_hand"] for found in rounds)
    return {"size": size, "full": full, **medians, "cpu_ratio": round(ratio, 3)}


@dataclass(frozen=True)
class _Driver:
    """Runs previews against one API server, each in a process tree and a folder of its own."""

    folder: Path
    settings: dict[str, Any]

    @classmethod
    def prepared(cls, report: Report, kubeconfig: Path, folder: Path) -> _Driver:
        """A driver whose API server has the definitions and the namespace that the previews ask for."""
        engine = provide_engine(report)
        provider = provide_provider(folder, engine.place, report)
        settings = {
            "engine": str(engine.place),
            "version": engine.version,
            "path": [str(entry) for entry in path_entries(provider)],
            "kubeconfig": str(kubeconfig),
            "definitions": str(find_definitions(None, PROJECT)),
        }
        driver = cls(folder, settings)
        driver.cpu_seconds("prepare", 0)
        return driver

    def cpu_seconds(self, kind: str, size: int, *, full: bool = False) -> float:
        """CPU seconds of one run and of everything it started."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        found = leaves(size, full=full)
        (place / "leaves.json").write_text(json.dumps(found))
        settings = {**self.settings, "kind": kind, "size": size, "full": full, "leaves": len(found)}
        (place / "settings.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "tests.bench.preview_driver", str(place)]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{errors}")
        return usage.ru_utime + usage.ru_stime
