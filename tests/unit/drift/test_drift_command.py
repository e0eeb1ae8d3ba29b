"""The exit codes of `dbaas drift` mean what they say: 1 is drift and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dbaas_components.cli.app import build_app


def project(folder: Path, program: str) -> str:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(program)
    return str(folder)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import pulumi\nraise pulumi.RunError('not today')\n", "not today"),
        ("1 / 0\n", "the program fails"),
        ("import pulumi\npulumi.Config().require('missing')\n", "missing"),
    ],
)
def test_a_program_that_fails_is_no_drift(tmp_path: Path, program: str, words: str) -> None:
    result = CliRunner().invoke(build_app(), ["drift", "--project", project(tmp_path, program)])
    assert result.exit_code == 2
    assert words in result.output


def test_a_program_without_objects_has_none(tmp_path: Path) -> None:
    result = CliRunner().invoke(build_app(), ["drift", "--project", project(tmp_path, "")])
    assert result.exit_code == 0, result.output
    assert "no drift, 0 objects compared" in result.output


@pytest.mark.parametrize("arguments", [["--stack", "other"], ["--region", "nowhere"], ["--format", "pdf"]])
def test_wrong_usage_is_no_drift(tmp_path: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(build_app(), ["drift", "--project", project(tmp_path, ""), *arguments])
    assert result.exit_code == 2
