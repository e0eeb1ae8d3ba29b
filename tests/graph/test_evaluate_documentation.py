"""The example of docs/evaluate.md runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "evaluate.md"


def test_the_first_example_runs(capsys):
    code = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]
    exec(compile(code, str(GUIDE), "exec"), {})
    assert "kubernetes:pgv2.percona.com/v2:PerconaPGCluster::orders-database" in capsys.readouterr().out
