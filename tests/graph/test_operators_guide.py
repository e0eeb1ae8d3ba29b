"""docs/operators.md and docs/pmm.md: their code runs as printed, and their tables say what the library's tables say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbaas_components.bootstrap.operators.rows import OPERATORS
from dbaas_components.bootstrap.pmm.tokens_spec import TOKEN_PLACES
from dbaas_components.evaluate import evaluate

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = {name: (DOCS / f"{name}.md").read_text() for name in ("operators", "pmm")}
PROGRAMS = [
    pytest.param(program, id=f"{name}-{number}")
    for name, text in GUIDES.items()
    for number, program in enumerate(re.findall(r"^```python\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE))
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_code_runs_as_printed(program, tmp_path):
    (tmp_path / "__main__.py").write_text(program)
    graph = evaluate(tmp_path)
    assert any(one.type.startswith("dbaas:index:") for one in graph.resources)


@pytest.mark.parametrize("engine", OPERATORS)
def test_the_table_of_operators_is_right(engine):
    row = OPERATORS[engine]
    source = f"chart `{row.chart}`" if row.values else "objects of this library"
    assert f"| `{engine}` | {source} | {row.version} |" in GUIDES["operators"]


@pytest.mark.parametrize("engine", TOKEN_PLACES)
def test_the_table_of_tokens_is_right(engine):
    secret, key = TOKEN_PLACES[engine]
    (line,) = [line for line in GUIDES["pmm"].splitlines() if line.startswith("| `") and f"`{engine}`" in line]
    assert f"key `{key}` of Secret `{secret.format('<database>')}`" in line
