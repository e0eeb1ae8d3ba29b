"""A program that this machine cannot cut off is not run, unless somebody says by name that it may."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dbaas_components.cli.app import build_app
from dbaas_components.diff import evaluating, isolation
from dbaas_components.diff.isolation import NOT_ISOLATED

LAUNCHER = Path(isolation.__file__)
BOUNDS = ["60", str(4 * 2**30), "256", str(2**20), str(2**24)]
READABLE = json.dumps([sys.prefix, sys.base_prefix, str(LAUNCHER.parent)])


def project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text("print('ran')\n")
    return folder


def launcher_without_spaces(tmp_path: Path) -> Path:
    """The launcher as it is where the system allows no namespaces."""
    text = LAUNCHER.read_text()
    doctored = text.replace("if libc.unshare(everything) != 0:", "if True:")
    assert doctored != text
    place = tmp_path / "launcher.py"
    place.write_text(doctored)
    return place


@pytest.mark.parametrize(("needed", "ran"), [("1", False), ("0", True)])
def test_the_launcher_runs_nothing_that_it_could_not_cut_off(tmp_path: Path, needed: str, ran: bool) -> None:
    """Inside an isolation no further one is possible; on a machine without namespaces neither is the first."""
    home = tmp_path / "home"
    home.mkdir()
    inner = [
        sys.executable,
        "-P",
        str(LAUNCHER),
        str(home),
        needed,
        *BOUNDS,
        READABLE,
        sys.executable,
        "-c",
        "print('ran')",
    ]
    outer = [sys.executable, "-P", str(LAUNCHER), str(home), "0", *BOUNDS, READABLE]
    done = subprocess.run([*outer, *inner], capture_output=True, text=True, timeout=60)
    assert "NOT cut off" in done.stderr
    assert ("ran" in done.stdout) is ran
    assert (done.returncode == NOT_ISOLATED) is not ran


@pytest.mark.slow
def test_a_diff_says_what_is_missing_and_how_to_run_it_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluating, "_LAUNCHER", launcher_without_spaces(tmp_path))
    folder = str(project(tmp_path / "project"))
    refused = CliRunner().invoke(build_app(), ["diff", folder, folder, "--no-cache"])
    assert refused.exit_code == 1
    assert "was not run" in refused.output
    assert "--without-isolation" in refused.output
    allowed = CliRunner().invoke(build_app(), ["diff", folder, folder, "--no-cache", "--without-isolation"])
    assert allowed.exit_code == 0, allowed.output
    assert "NOT cut off" in allowed.output
