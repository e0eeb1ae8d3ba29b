"""How long `dbaas diff` takes for many databases of which ten change.

    python -m tests.bench.diff 200 1000

Both sides are projects on disk, evaluated in processes of their own as in CI; `cached` has the base from the cache.
"""

from __future__ import annotations

import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SIZES = (200, 1000)
_CHANGES = 10
_PROGRAM = """
import json
from pathlib import Path
from dbaas_components import ManagedDatabase

sizes = json.loads((Path(__file__).parent / "sizes.json").read_text())
for number, size in enumerate(sizes):
    engine = ("pg", "pxc", "ps", "psmdb")[number % 4]
    ManagedDatabase(f"db-{number}", {"engine": engine, "namespace": f"team-{number % 20}", "storage": {"size": size}})
"""


def measure(sizes: Sequence[int] = SIZES, repetitions: int = 3) -> list[dict[str, Any]]:
    """One row for each size, medians of the repetitions.

    Wall seconds without a cache and with the base from it, and CPU seconds of all processes without a cache.
    """
    rows: list[dict[str, Any]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="dbaas-bench-diff-") as folder:
            base, head = _project(Path(folder) / "base", size, 0), _project(Path(folder) / "head", size, _CHANGES)
            whole = [_run(base, head, Path(folder), "--no-cache") for _ in range(repetitions)]
            _run(base, base, Path(folder), "--cache")
            cached = [_fresh_head(base, head, Path(folder), number) for number in range(repetitions)]
        figures = {
            "seconds": [wall for wall, _ in whole],
            "cpu_seconds": [cpu for _, cpu in whole],
            "cached_seconds": [wall for wall, _ in cached],
        }
        rows.append({"size": size, **{name: statistics.median(found) for name, found in figures.items()}})
    return rows


def exponent(rows: Sequence[dict[str, Any]]) -> float | None:
    """The exponent b of CPU seconds = a * size ** b, by least squares over the logarithms."""
    if len(rows) < 2:
        return None
    points = [(math.log(row["size"]), math.log(row["cpu_seconds"])) for row in rows]
    return round(statistics.linear_regression(*zip(*points, strict=True)).slope, 3)


def _project(folder: Path, size: int, changed: int) -> Path:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(_PROGRAM)
    sizes = ["20Gi" if number < changed else "10Gi" for number in range(size)]
    (folder / "sizes.json").write_text(json.dumps(sizes))
    return folder


def _fresh_head(base: Path, head: Path, place: Path, number: int) -> tuple[float, float]:
    # Otherwise the second run would find the head in the cache as well.
    (head / "round.txt").write_text(str(number))
    return _run(base, head, place, "--cache")


def _run(base: Path, head: Path, place: Path, cache: str) -> tuple[float, float]:
    code = "from dbaas_components.cli import main; main()"
    command = [sys.executable, "-c", code, "diff", str(base), str(head), "--stack", "dev", "-f", "json", cache]
    environment = {**os.environ, "XDG_CACHE_HOME": str(place / "cache")}
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    databases = {change["database"] for change in json.loads(done.stdout)["changes"]}
    if len(databases) != (0 if base == head else _CHANGES):
        raise AssertionError(f"{len(databases)} databases change")
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(seconds, 2), round(cpu.ru_utime + cpu.ru_stime - used.ru_utime - used.ru_stime, 2)


def main(arguments: Sequence[str]) -> None:
    """Prints the rows and the exponent as JSON."""
    rows = measure([int(argument) for argument in arguments] or SIZES)
    print(json.dumps({"rows": rows, "exponent": exponent(rows)}, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
