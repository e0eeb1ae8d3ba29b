"""`dbaas diff` on a machine that has no definitions: its programs are cut off from the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.running import build_report
from tests.graph.test_diff import database, options, program, project

pytestmark = pytest.mark.slow

INSTALLS = """
from pathlib import Path
from dbaas_components.bootstrap.definition_sources import find_definitions
if (pulumi.Config("dbaas").get_object("custom_resource_definitions") or {}).get("install", True):
    find_definitions(None, Path.cwd())
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return project(tmp_path / "base", program(database(), before=INSTALLS))


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return project(tmp_path / "head", program(database(size="20Gi"), before=INSTALLS))


def test_both_sides_are_compared_without_them_and_it_is_told(base, head):
    report = build_report(str(base), str(head), options(head))
    assert [change.path for change in report.changes] != []
    assert not report.problems
    assert [note for note in report.notes if note.startswith("Definitions are left out on both sides")]


def test_a_changed_setting_of_definitions_makes_the_report_incomplete(base, head):
    (head / "Pulumi.dev.yaml").write_text(
        "config:\n  dbaas:custom_resource_definitions:\n    install: false\n  dbaas:x: 1\n"
    )
    with pytest.raises(DiffError, match=r'"[^"]*base" installs definitions of which \d+ files .* --definitions'):
        build_report(str(base), str(head), options(head))
    (head / "Pulumi.dev.yaml").write_text("config:\n  dbaas:custom_resource_definitions: {software: [a]}\n")
    report = build_report(str(base), str(head), options(head))
    assert not report.passed
    assert "the setting of definitions changes" in "".join(report.problems)


def test_one_side_alone_that_installs_them_needs_the_folder(base, head):
    project(head, program(database()))
    with pytest.raises(DiffError, match="name the folder that they are in with --definitions"):
        build_report(str(base), str(head), options(head))
