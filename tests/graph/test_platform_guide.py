"""The program in docs/platform.md is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbaas_components.evaluate import evaluate

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "platform.md"


def test_the_program_registers_a_platform_and_a_database_behind_it(
    crds_folder: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    (tmp_path / "crds").symlink_to(crds_folder)
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    (tmp_path / "__main__.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    graph = evaluate(tmp_path)
    database = graph.one("PerconaPGCluster")
    before = {resource.kind for resource in graph.dependency_closure(graph.one("ManagedDatabase"))}
    assert {"ClusterIssuer", "Namespace", "PodDisruptionBudget"} <= before
    assert database.inputs["metadata"]["namespace"] == "shop"
