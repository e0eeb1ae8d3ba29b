"""Databases with everything that their engines can be told, over the same objects by hand, both in `evaluate`.

    python -m tests.bench.fully_specified 1000 5

Parsing, checking and rendering of whole specifications count on our side; by hand the objects are there beforehand.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SIZES = (100, 1000)


def measure(sizes: Sequence[int] = SIZES, repetitions: int = 5) -> list[dict[str, Any]]:
    """For each size the median ratio of CPU times, both programs evaluated in turn in one process of their own."""
    rows: list[dict[str, Any]] = []
    for size in sizes:
        command = [sys.executable, "-m", "tests.bench.fully_specified", str(size), str(repetitions)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        rows.append({"size": size, **json.loads(done.stdout)})
    return rows


def _main(size: int, repetitions: int) -> None:
    from dbaas_components.databases.composition import compose
    from dbaas_components.databases.spec import parse_database
    from dbaas_components.evaluate import evaluate
    from tests.bench.databases import databases
    from tests.bench.programs import PROGRAMS

    def seconds(work: Callable[[], Any]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    def rendered() -> None:
        for name, args in databases(size, full=True):
            compose(parse_database(name, args))

    for program in PROGRAMS.values():
        evaluate(program(4, full=True))  # What is loaded and cached once is no part of the comparison.
    components, by_hand = (PROGRAMS[name](size, full=True) for name in ("components", "by_hand"))
    pairs = [(seconds(lambda: evaluate(components)), seconds(lambda: evaluate(by_hand))) for _ in range(repetitions)]
    result = {
        "cpu_ratio_by_hand": round(statistics.median(ours / theirs for ours, theirs in pairs), 3),
        "cpu_seconds": round(statistics.median(ours for ours, _ in pairs), 3),
        "by_hand_cpu_seconds": round(statistics.median(theirs for _, theirs in pairs), 3),
        "parsed_and_rendered_cpu_seconds": round(statistics.median(seconds(rendered) for _ in range(repetitions)), 3),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
