"""Databases with everything that their engines can be told, over the same objects by hand, both in `evaluate`.

    python -m tests.bench.fully_specified 100 1000

Parsing, checking and rendering of whole specifications count on our side; by hand the objects are there beforehand.
Every measurement is a process of its own: a program by hand has none of what a component does to its process.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SIZES = (100, 1000)
VARIANTS = ("components", "by_hand", "rendered")


def measure(sizes: Sequence[int] = SIZES, repetitions: int = 5) -> list[dict[str, Any]]:
    """For each size the median CPU seconds, and the median ratio of the pairs that were measured after each other."""
    rows: list[dict[str, Any]] = []
    for size in sizes:
        rounds = [_round(size, reverse=bool(number % 2)) for number in range(repetitions)]
        seconds = {variant: round(statistics.median(found[variant] for found in rounds), 3) for variant in VARIANTS}
        rows.append(
            {
                "size": size,
                "cpu_ratio_by_hand": round(statistics.median(one["components"] / one["by_hand"] for one in rounds), 3),
                "cpu_seconds": seconds["components"],
                "by_hand_cpu_seconds": seconds["by_hand"],
                "parsed_and_rendered_cpu_seconds": seconds["rendered"],
            }
        )
    return rows


def _round(size: int, *, reverse: bool) -> dict[str, float]:
    order = reversed(VARIANTS) if reverse else VARIANTS
    return {variant: _in_own_process(variant, size) for variant in order}


def _in_own_process(variant: str, size: int) -> float:
    command = [sys.executable, "-m", "tests.bench.fully_specified", "--one", variant, str(size)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _one(variant: str, size: int) -> float:
    from dbaas_components.databases.composition import compose
    from dbaas_components.databases.spec import parse_database
    from dbaas_components.evaluate import evaluate
    from tests.bench.databases import databases
    from tests.bench.programs import PROGRAMS

    wanted = list(databases(size, full=True))

    def rendered(count: int) -> None:
        for name, args in wanted[:count]:
            compose(parse_database(name, args))

    # What is loaded and cached once in a process is no part of the comparison.
    if variant == "rendered":
        rendered(4)
    else:
        evaluate(PROGRAMS[variant](4, full=True))
    program = None if variant == "rendered" else PROGRAMS[variant](size, full=True)
    gc.collect()
    began = time.process_time()
    if program is None:
        rendered(size)
    else:
        evaluate(program)
    return time.process_time() - began


def main(arguments: Sequence[str]) -> None:
    """Prints the rows as JSON; with `--one VARIANT SIZE` a single measurement in this process."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(_one(arguments[1], int(arguments[2]))))
        return
    print(json.dumps(measure([int(argument) for argument in arguments] or SIZES), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
