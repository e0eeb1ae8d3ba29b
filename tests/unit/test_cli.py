"""The `dbaas` command: what a person sees and the exit code, for what can go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dbaas_components.cli import app as cli

DATABASE = """
from dbaas_components import ManagedDatabase
ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"})
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(DATABASE)
    monkeypatch.chdir(folder)
    return folder


def dbaas(*arguments: str) -> Result:
    return CliRunner().invoke(cli.build_app(), list(arguments))


def refused(*arguments: str) -> str:
    """The one message of a command that refuses."""
    result = dbaas(*arguments)
    assert result.exit_code == 1, result.output
    # An error that the command does not know leaves the runner's result as it is, and would be a traceback.
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith("error: ")
    return result.stderr.strip()


def test_a_command_that_is_the_only_one_keeps_its_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    result = dbaas("render", "--stack", "dev", "-o", "out")
    assert result.exit_code == 0, result.output
    assert [path.name for path in project.rglob("out/**/*.yaml")] == ["001-perconapgcluster-shop-orders.yaml"]
    assert "render" in dbaas("--help").output


def test_no_command_at_all_is_wrong_usage_and_shows_the_commands(project: Path) -> None:
    result = dbaas()
    assert result.exit_code == 2
    assert "Databases on Kubernetes" in result.output


@pytest.mark.parametrize("output", [".", "..", "sub/.."])
def test_the_projects_own_folder_is_no_output_folder(project: Path, output: str) -> None:
    (project / "sub").mkdir()
    assert "holds the project itself; choose a folder of its own" in refused("render", "-s", "dev", "-o", output)
    assert not list(project.parent.rglob(".dbaas-render"))


def test_the_current_folder_is_an_output_folder_where_it_is_not_the_projects(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gitops").mkdir()
    monkeypatch.chdir(tmp_path / "gitops")
    assert dbaas("render", "-s", "dev", "-o", ".", "--project", str(project)).exit_code == 0
    assert list((tmp_path / "gitops").rglob("*.yaml"))


def test_an_output_folder_that_cannot_be_written_is_told_in_one_message(project: Path) -> None:
    (project / "file").write_text("")
    message = refused("render", "-s", "dev", "-o", "file/out")
    assert message == "error: file/out cannot be written (Not a directory); choose another output folder"
    assert refused("render", "-s", "dev", "-o", "file") == "error: file is a file; choose a folder"


def test_settings_that_are_no_text_are_told_in_one_message(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_bytes(b"config:\n  a: \xff\n")
    message = refused("render", "-s", "dev", "-o", "out")
    assert message == "error: Pulumi.dev.yaml: holds bytes that are no UTF-8 text in line 2; save it as UTF-8"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import pulumi; raise pulumi.RunError('no region is given')", "error: no region is given"),
        (
            "import pulumi; pulumi.Config().require('size')",
            "error: Missing required configuration variable 'shop:size'",
        ),
        (
            "import pulumi; pulumi.runtime.invoke('aws:index/getRegion:getRegion', {}); pulumi.StackReference('a/b/c')",
            "error: ",
        ),
        ("from dbaas_components import ManagedDatabase; ManagedDatabase('orders', None)", 'error: database "orders": '),
    ],
)
def test_what_a_program_refuses_or_asks_in_vain_is_told_in_one_message(
    project: Path, program: str, message: str
) -> None:
    (project / "__main__.py").write_text(f"{program}\n")
    told = refused("render", "-s", "dev", "-o", "out")
    assert told.startswith(message)
    assert "Traceback" not in told
    assert not (project / "out").exists()


def test_a_folder_without_a_program_is_told_in_one_message(project: Path) -> None:
    (project / "__main__.py").unlink()
    assert "is not a Pulumi program" in refused("render", "-s", "dev", "-o", "out")


def test_a_bug_in_a_program_keeps_its_traceback(project: Path) -> None:
    (project / "__main__.py").write_text("{}['missing']\n")
    result = dbaas("render", "-s", "dev", "-o", "out")
    assert isinstance(result.exception, KeyError)
