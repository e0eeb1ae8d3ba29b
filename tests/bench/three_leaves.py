"""`evaluate` of components with three custom resources each, over the same custom resources by hand.

A database is one custom resource today. This is the shape that it will have once users, backups and alerts are objects
of their own, and the one in which the cost of the component itself weighs as it will.
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
LEAVES = 3


def measure(sizes: Sequence[int] = SIZES, repetitions: int = 5) -> list[dict[str, Any]]:
    """For each size the median ratio of CPU times, both programs evaluated in turn in one process of their own."""
    rows: list[dict[str, Any]] = []
    for size in sizes:
        command = [sys.executable, "-m", "tests.bench.three_leaves", str(size), str(repetitions)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        rows.append({"size": size, "cpu_ratio_by_hand": json.loads(done.stdout)})
    return rows


def _main(size: int, repetitions: int) -> None:
    import pulumi
    from pulumi_kubernetes.apiextensions import CustomResource

    from dbaas_components.base import Component
    from dbaas_components.evaluate import evaluate
    from dbaas_components.kubernetes_objects import KubernetesObject
    from tests.bench.programs import leaves

    found = leaves(size)

    class Three(Component):
        def __init__(self, name: str, manifest: dict[str, Any], protect: bool) -> None:
            self.begin(name, None)
            children = [
                KubernetesObject(self.child_name(f"part{number}"), manifest, self.child_options(protect=protect))
                for number in range(LEAVES)
            ]
            self.publish(
                *children, name=name, host=f"{name}.databases", port=3306, credentials=f"databases/{name}/root"
            )

    def components() -> None:
        for name, manifest, protect in found:
            Three(name, manifest, protect)

    def by_hand() -> None:
        for name, manifest, protect in found:
            for number in range(LEAVES):
                CustomResource(
                    f"{name}-part{number}",
                    api_version=manifest["apiVersion"],
                    kind=manifest["kind"],
                    metadata=manifest["metadata"],
                    spec=manifest["spec"],
                    opts=pulumi.ResourceOptions(protect=protect),
                )

    def seconds(program: Callable[[], None]) -> float:
        began = time.process_time()
        evaluate(program)
        return time.process_time() - began

    for program in (components, by_hand):
        seconds(program)  # What is loaded and cached once is no part of the comparison.
    ratios = [seconds(components) / seconds(by_hand) for _ in range(repetitions)]
    print(json.dumps(round(statistics.median(ratios), 3)))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
