"""Every command of the runbooks is one that `dbaas dr` takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dbaas_components.cli.app import build_app

FOLDER = Path(__file__).parents[3] / "docs" / "runbooks" / "dr"
PAGES = [
    f"{engine}-{verb}"
    for engine in ("pg", "pxc", "ps", "psmdb")
    for verb in ("switchover", "failover", "failback", "rejoin", "gameday")
]


def commands(page: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (FOLDER / f"{page}.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("dbaas dr ")]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_runbook_are_understood(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app, found = build_app(), commands(page)
    assert found
    for command in found:
        # There is no document here, so that each ends at its first look: 2 would be a command line that is wrong.
        ended = CliRunner().invoke(app, shlex.split(command)[1:])
        assert ended.exit_code == 1, f"{command}: {ended.output}"
        assert "topology.json: cannot be read" in ended.output
