"""docs/storage.md: its code runs as printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbaas_components.evaluate import evaluate

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "storage.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)
MADE = ["PerconaPGCluster", "VolumeSnapshotSchedule", "PushSecret", "CronJob"]


@pytest.mark.parametrize(("program", "kind"), list(zip(PROGRAMS, MADE, strict=True)), ids=MADE)
def test_the_code_runs_as_printed(program: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(program)
    assert evaluate(tmp_path).all(kind)
