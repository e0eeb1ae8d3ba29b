"""Runs the real promtool over rules and over tests of rules."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.observability.scenarios import Scenario


def check(promtool: Path, folder: Path, groups: Sequence[Mapping[str, Any]]) -> subprocess.CompletedProcess[str]:
    """`promtool check rules`."""
    return _run(promtool, "check", "rules", str(_written(folder, groups)))


def try_out(
    promtool: Path,
    folder: Path,
    groups: Sequence[Mapping[str, Any]],
    scenarios: Iterable[Scenario],
    *,
    interval: str = "5m",
) -> subprocess.CompletedProcess[str]:
    """`promtool test rules`, with rules evaluated and series sampled at this interval."""
    content = {
        "rule_files": [str(_written(folder, groups))],
        "evaluation_interval": interval,
        "tests": [scenario.test(interval) for scenario in scenarios],
    }
    path = folder / "tests.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return _run(promtool, "test", "rules", str(path))


def _written(folder: Path, groups: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [dict(group) for group in groups]}, sort_keys=False))
    return path


def _run(promtool: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, timeout=180)
