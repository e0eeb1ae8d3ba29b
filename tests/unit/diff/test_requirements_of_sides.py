"""What the two sides ask for in their own files is told where it differs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dbaas_components.diff.requirements import changed_requirements, requirements_of
from dbaas_components.diff.running import Options, build_report

PYPROJECT = '[project]\nrequires-python = ">=3.11"\ndependencies = ["Pulumi_Kubernetes[x]>={}"]\n'
POETRY = '[tool.poetry.dependencies]\npulumi = "^{}"\n'
LOCK = '[[package]]\nname = "pulumi"\nversion = "{}"\n'
END = "; both sides were evaluated with those of --python"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("requirements.txt", "# pins\nPulumi=={}  # why\n-r more.txt\n", "pulumi ==1 -> ==2"),
        ("requirements-prod.txt", "pulumi=={} \\\n  --hash=sha256:{}\n", "pulumi ==1 -> ==2"),
        ("pyproject.toml", PYPROJECT, "pulumi-kubernetes [x]>=1 -> [x]>=2"),
        ("pyproject.toml", POETRY, "pulumi ^1 -> ^2"),
        ("uv.lock", LOCK, "pulumi 1 -> 2"),
    ],
)
def test_another_version_is_told_with_the_file(file: str, text: str, told: str, tmp_path: Path) -> None:
    found = []
    for version in "12":
        folder = tmp_path / version
        folder.mkdir()
        (folder / file).write_text(text.replace("{}", version))
        found.append(requirements_of(folder))
    assert changed_requirements(*found) == [f"{file} asks for other packages: {told}{END}"]
    assert changed_requirements(found[0], found[0]) == []


def test_a_file_that_comes_or_is_no_toml_is_told_and_no_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pulumi\n")
    (tmp_path / "pyproject.toml").write_text("[")
    (tmp_path / "uv.lock").symlink_to("/etc/hostname")
    found = requirements_of(tmp_path)
    assert set(found) == {"requirements.txt", "pyproject.toml"}
    lines = changed_requirements({}, found)
    assert "cannot be read" in lines[0]
    assert lines[1] == f"requirements.txt asks for other packages: pulumi none -> any{END}"


def test_a_password_in_a_requirement_is_not_told(tmp_path: Path) -> None:
    text = "--index-url https://ann:hunter2@example.com/simple\npulumi @ git+https://hunter2@example.com/pulumi@v1\n"
    (tmp_path / "requirements.txt").write_text(text)
    line = changed_requirements({}, requirements_of(tmp_path))[0]
    assert "--index-url" in line
    assert "git+https://example.com/pulumi@v1" in line
    assert "hunter2" not in line


@pytest.mark.slow
def test_the_report_has_a_note_of_it(tmp_path: Path) -> None:
    for name, version in (("base", "1"), ("head", "2")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (folder / "__main__.py").write_text("")
        (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
        (folder / "requirements.txt").write_text(f"pulumi=={version}\n")
    options = Options("dev", tmp_path, None, 100, sys.executable, cache=False, without_isolation=True)
    report = build_report(str(tmp_path / "base"), str(tmp_path / "head"), options)
    assert f"requirements.txt asks for other packages: pulumi ==1 -> ==2{END}" in report.notes
