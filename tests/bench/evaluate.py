"""How long `evaluate` takes for many databases, against the same leaves registered by hand.

    python -m tests.bench.evaluate 100 300 1000 3000

Every measurement is a process of its own; the ones to compare follow each other, in alternating order, and the median
of the repetitions counts. Three programs are measured for each size:

`components`  databases through our components, in `evaluate`
`by_hand`     the same custom resources through pulumi_kubernetes, in `evaluate`
`plain`       the same custom resources through pulumi_kubernetes, with the SDK's own mocks and nothing of ours
"""

from __future__ import annotations

import gc
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
VARIANTS = ("components", "by_hand", "plain")
SIZES = (100, 300, 1000, 3000)


def measure(sizes: Sequence[int] = SIZES, repetitions: int = 5) -> list[dict[str, Any]]:
    """One row for each size and variant, ready for JSON.

    Each row: `size`, `variant`, `resources`, `cpu_seconds`, `wall_seconds`, `peak_mib` (of the whole process, SDK
    included) and `cpu_ratio_by_hand`, `cpu_ratio_plain`: the median over the repetitions of this row's CPU time over
    that variant's in the same repetition.
    """
    rows: list[dict[str, Any]] = []
    for size in sizes:
        rounds = [_round(size, reverse=bool(number % 2)) for number in range(repetitions)]
        for variant in VARIANTS:
            runs = [found[variant] for found in rounds]
            row: dict[str, Any] = {"size": size, "variant": variant, "resources": runs[0]["resources"]}
            for key in ("cpu_seconds", "wall_seconds", "peak_mib"):
                row[key] = round(statistics.median(run[key] for run in runs), 3)
            for other in ("by_hand", "plain"):
                ratios = [found[variant]["cpu_seconds"] / found[other]["cpu_seconds"] for found in rounds]
                row[f"cpu_ratio_{other}"] = round(statistics.median(ratios), 3)
            rows.append(row)
    return rows


def exponents(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """For each variant the exponent b of CPU time = a * size ** b, fitted by least squares over the logarithms."""
    found: dict[str, float] = {}
    for variant in VARIANTS:
        points = [(math.log(row["size"]), math.log(row["cpu_seconds"])) for row in rows if row["variant"] == variant]
        if len(points) > 1:
            found[variant] = round(statistics.linear_regression(*zip(*points, strict=True)).slope, 3)
    return found


def _round(size: int, *, reverse: bool) -> dict[str, dict[str, Any]]:
    order = reversed(VARIANTS) if reverse else VARIANTS
    return {variant: _in_own_process(variant, size) for variant in order}


def _in_own_process(variant: str, size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.evaluate", "--one", variant, str(size)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _one(variant: str, size: int) -> dict[str, Any]:
    from dbaas_components.evaluate import evaluate
    from tests.bench import plain_sdk
    from tests.bench.programs import PROGRAMS

    name = "components" if variant == "components" else "by_hand"
    # What is imported and prepared once per process is not what is measured.
    warm, program = PROGRAMS[name](4), PROGRAMS[name](size)
    evaluate(warm)
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    resources = plain_sdk.run(program) if variant == "plain" else len(evaluate(program))
    return {
        "resources": resources,
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.perf_counter() - wall,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(arguments: Sequence[str]) -> None:
    """Prints the rows and exponents as JSON; with `--one VARIANT SIZE` a single measurement in this process."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(_one(arguments[1], int(arguments[2]))))
        return
    rows = measure([int(argument) for argument in arguments] or SIZES)
    print(json.dumps({"rows": rows, "exponents": exponents(rows)}, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
