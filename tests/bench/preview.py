"""CPU time of the real engine's `preview` of many databases: through our components, and the same leaves by hand.

Every preview is a process tree of its own: the driver with the inline program, the engine, and the provider that asks
the API server for a dry run of each object. The CPU time of the whole tree counts; the API server's does not, since it
is asked for the same by both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto

from embedded.control_plane import ControlPlane
from embedded.engine_command import EngineCommand
from embedded.parts.engine import provide_engine
from embedded.parts.provider import provide_provider
from embedded.progress import Report, Silence
from embedded.workspace import path_entries

PROJECT = Path(__file__).resolve().parents[2]
VARIANTS = ("components", "by_hand")
SIZES = (100, 1000)


def measure(report: Report, sizes: Sequence[int] = SIZES, repetitions: int = 3) -> list[dict[str, Any]]:
    """One row for each size: median CPU seconds of both variants and the median ratio of the pairs."""
    with tempfile.TemporaryDirectory(prefix="dbaas-bench-") as folder:
        plane = ControlPlane("bench", Path(folder) / "control-plane")
        try:
            running = plane.start(report)
            _drive("prepare", 0, running.kubeconfig, Path(folder) / "prepare")
            rows: list[dict[str, Any]] = []
            for size in sizes:
                rounds: list[dict[str, float]] = []
                for number in range(repetitions):
                    order = VARIANTS if number % 2 == 0 else tuple(reversed(VARIANTS))
                    with report.task(f"preview of {size} databases, pair {number + 1} of {repetitions}"):
                        place = Path(folder) / f"{size}-{number}"
                        found = {kind: _drive(kind, size, running.kubeconfig, place / kind) for kind in order}
                    rounds.append(found)
                medians = {kind: round(statistics.median(found[kind] for found in rounds), 3) for kind in VARIANTS}
                ratio = statistics.median(found["components"] / found["by_hand"] for found in rounds)
                rows.append({"size": size, **medians, "cpu_ratio": round(ratio, 3)})
            return rows
        finally:
            plane.forget()


def _drive(kind: str, size: int, kubeconfig: Path, folder: Path) -> float:
    """CPU seconds of one driver and everything it started."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench.preview", kind, str(size), str(kubeconfig), str(folder)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{errors}")
    return usage.ru_utime + usage.ru_stime


def _program(kind: str, size: int) -> Callable[[], None]:
    from dbaas_components import CustomResourceDefinitions
    from dbaas_components.bootstrap.definition_sources import find_definitions
    from dbaas_components.kubernetes_objects import KubernetesObject
    from dbaas_components.registration import fast_registration
    from tests.bench.programs import PROGRAMS

    if kind == "by_hand":
        return PROGRAMS[kind](size)
    if kind == "components":

        def components() -> None:
            with fast_registration():
                PROGRAMS[kind](size)()

        return components

    def prepare() -> None:
        CustomResourceDefinitions("definitions", {"folder": str(find_definitions(None, PROJECT))})
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "databases"}}
        KubernetesObject("databases", namespace, pulumi.ResourceOptions(retain_on_delete=True))

    return prepare


def _main(kind: str, size: int, kubeconfig: str, folder: Path) -> None:
    engine = provide_engine(Silence())
    assert engine.location is not None
    provider = provide_provider(engine.location, Silence())
    state = folder / "state"
    state.mkdir()
    environment = {
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "measured, not kept",
        "KUBECONFIG": kubeconfig,
    }
    workspace = auto.LocalWorkspace(
        work_dir=str(folder),
        program=_program(kind, size),
        project_settings=auto.ProjectSettings("bench", "python"),
        env_vars=environment,
        pulumi_command=EngineCommand(engine.location, engine.version, path_entries(provider), told=print),
    )
    stack = auto.Stack.create("bench", workspace)
    if kind == "prepare":
        stack.up(color="never")
        return
    changes = stack.preview(color="never").change_summary
    created = {str(getattr(operation, "value", operation)): count for operation, count in changes.items()}["create"]
    expected = size * (2 if kind == "components" else 1) + 1
    if created != expected:
        raise RuntimeError(f"{created} resources in the preview, not {expected}: {json.dumps(str(changes))}")


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
