"""`make clean` forgets only what nothing outlives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dbaas_components.cli.project import Project, find_project
from embedded.operations import clean
from embedded.parts.choice import PartError
from embedded.progress import Silence


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: dbaas\nruntime: python\nmain: stacks/\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  dbaas:regions: [{name: local}]\n")
    stacks = tmp_path / ".dbaas" / "dev" / "state" / ".pulumi" / "stacks" / "dbaas"
    stacks.mkdir(parents=True)
    latest = {"resources": [{"urn": "urn:pulumi:dev::dbaas::x:y:Z::one"}]}
    (stacks / "dev.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))
    return find_project(tmp_path)


def test_a_stack_on_embedded_control_planes_alone_is_forgotten_as_it_is(project: Project) -> None:
    clean(project, "dev", Silence())
    assert not (project.folder / ".dbaas" / "dev").exists()


def test_a_stack_that_made_objects_in_a_cluster_its_settings_no_longer_name_is_not_forgotten(project: Project) -> None:
    (project.folder / ".dbaas" / "dev" / "outside-clusters").write_text('context "production"')
    with pytest.raises(PartError, match=r'still holds what it made in context "production".* run `make down`'):
        clean(project, "dev", Silence())
    assert (project.folder / ".dbaas" / "dev" / "state" / ".pulumi").is_dir()


def test_a_cluster_in_which_nothing_is_left_may_leave_the_settings(project: Project) -> None:
    state = project.folder / ".dbaas" / "dev" / "state" / ".pulumi" / "stacks" / "dbaas" / "dev.json"
    state.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": []}}}))
    (project.folder / ".dbaas" / "dev" / "outside-clusters").write_text('context "production"')
    clean(project, "dev", Silence())
    assert not (project.folder / ".dbaas" / "dev").exists()
