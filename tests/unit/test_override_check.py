"""Overrides are checked against the operators' definitions without a cluster; without definitions, by our models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components import SpecError
from dbaas_components.databases import override_check
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.explanation import explain
from dbaas_components.databases.override_check import check_overrides, official_folder
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import Problem

PXC = ENGINES["pxc"]


@pytest.fixture
def official(crds_folder: Path | None, monkeypatch: pytest.MonkeyPatch) -> Path:
    if crds_folder is None:
        pytest.skip("no official definitions: neither $DBAAS_CRDS nor ../shared/crds is there")
    monkeypatch.setenv("DBAAS_CRDS", str(crds_folder))
    return crds_folder


@pytest.fixture
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DBAAS_CRDS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(overrides: dict[str, Any], engine: str = "pxc") -> dict[str, str]:
    return {problem.path: problem.message for problem in check_overrides(ENGINES[engine], overrides).problems}


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize(
    ("overrides", "path", "said"),
    [
        ({"spec": {"pxc": {"sstRetries": 3}}}, "overrides.spec.pxc.sstRetries", 'did you mean "sstRetryCount"?'),
        ({"spec": {"pxc": {"sstRetryCount": "3"}}}, "overrides.spec.pxc.sstRetryCount", "is not a whole number"),
        ({"spec": {"pxc": {"sstRetryCount": True}}}, "overrides.spec.pxc.sstRetryCount", "is not a whole number"),
        ({"spec": {"pxc": {"autoRecovery": "yes"}}}, "overrides.spec.pxc.autoRecovery", "is not true or false"),
        ({"spec": {"pxc": {"configuration": 1}}}, "overrides.spec.pxc.configuration", "is not text"),
        ({"spec": {"pxc": {"mysqlAllocator": "tcmaloc"}}}, "overrides.spec.pxc.mysqlAllocator", '"tcmalloc"'),
        ({"spec": {"pxc": []}}, "overrides.spec.pxc", "is not a mapping"),
        ({"spec": {"users": {"app": {}}}}, "overrides.spec.users", "is not a list"),
        ({"spec": {"users": [{"name": "a", "grant": []}]}}, "overrides.spec.users[0].grant", '"grants"'),
        ({"spec": {"users": [{"name": "a", "$patch": "remove"}]}}, "overrides.spec.users[0].$patch", "choose delete"),
        ({"spec": {"pxc": {"noSuchField": None}}}, "overrides.spec.pxc.noSuchField", "is not a field of"),
        (
            {"spec": {"pxc": {"resources": {"limits": {"cpu": True}}}}},
            "overrides.spec.pxc.resources.limits.cpu",
            "no number and no text",
        ),
        ({"spec": {"pxc": {"labels": {"a": 1}}}}, "overrides.spec.pxc.labels.a", "is not text"),
        ({"metadata": {"name": "other"}}, "overrides.metadata.name", "cannot be overridden"),
        ({"metadata": {"finalizers": "x"}}, "overrides.metadata.finalizers", "is not a list"),
        ({"kind": "Secret"}, "overrides.kind", "cannot be overridden"),
        ({"status": {"state": "ready"}}, "overrides.status", "cannot be overridden"),
        ({"specs": {}}, "overrides.specs", "cannot be overridden"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_what_the_definition_does_not_have_is_refused_with_the_nearest_name(
    overrides: dict[str, Any], path: str, said: str
) -> None:
    found = problems(overrides)
    assert list(found) == [path]
    assert said in found[path]


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize(
    ("engine", "overrides"),
    [
        ("pxc", {"spec": {"pxc": {"sstRetryCount": 3, "runtimeClassName": None, "sidecars": [{"name": "a"}]}}}),
        ("pxc", {"spec": {"pxc": {"resources": {"limits": {"cpu": 2, "memory": "1Gi"}}}}}),
        ("pxc", {"spec": {"users": [{"$patch": "replace"}, {"name": "app", "dbs": ["a"]}]}}),
        ("pxc", {"spec": {"users": [{"name": "app", "$patch": "delete"}]}}),
        ("ps", {"spec": {"mysql": {"bootstrap": {"mode": "manual"}, "sidecarVolumes": [{"name": "x"}]}}}),
        ("psmdb", {"spec": {"replsets": [{"name": "rs0", "splitHorizons": {"a": {"b": "c"}}}]}}),
        ("pg", {"spec": {"patroni": {"dynamicConfiguration": {"anything": [{"at": {"all": 1}}]}}}}),
        ("pg", {"metadata": {"labels": {"a": "b"}, "annotations": None, "finalizers": ["percona.com/delete-pvc"]}}),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else value,
)  # fmt: skip
def test_what_the_definition_has_is_accepted(engine: str, overrides: dict[str, Any]) -> None:
    assert check_overrides(ENGINES[engine], overrides) == override_check.Checked()


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("engine", ENGINES)
def test_every_field_of_a_custom_resource_written_by_hand_is_known(engine: str) -> None:
    manifest = yaml.safe_load((Path(__file__).parent / "running" / f"{engine}.yaml").read_text())
    overrides = {"spec": manifest["spec"], "metadata": {"labels": manifest["metadata"]["labels"]}}
    assert check_overrides(ENGINES[engine], overrides) == override_check.Checked()


@pytest.mark.usefixtures("official")
def test_the_parser_tells_it_with_all_other_problems() -> None:
    args = {"engine": "pxc", "namespace": "shop", "replicas": 4, "overrides": {"spec": {"pxcs": {}}}}
    with pytest.raises(SpecError) as caught:
        parse_database("orders", args, path="databases[0]")
    assert {problem.path for problem in caught.value.problems} == {
        "databases[0].replicas",
        "databases[0].overrides.spec.pxcs",
    }


def test_without_definitions_our_models_judge_what_they_know_and_the_rest_is_told(nothing_at_hand: Path) -> None:
    assert official_folder(PXC) is None
    overrides = {"spec": {"pxc": {"size": "many", "sstRetryWhatever": 3}, "updateStrategy": "OnDelete"}}
    checked = check_overrides(PXC, overrides)
    # A word that our models never write may well be one of the operator's.
    assert [problem.path for problem in checked.problems] == ["overrides.spec.pxc.size"]
    assert checked.unchecked == ("overrides.spec.pxc.sstRetryWhatever",)
    args = {"engine": "pxc", "namespace": "shop", "overrides": {"spec": {"pxc": {"sstRetryWhatever": 3}}}}
    (note,) = explain("orders", args).notes
    assert "nothing here knows overrides.spec.pxc.sstRetryWhatever" in note


def test_stand_in_definitions_know_no_more_than_our_models(
    nothing_at_hand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_definitions(nothing_at_hand / "definitions")
    monkeypatch.setenv("DBAAS_CRDS", str(nothing_at_hand / "definitions"))
    checked = check_overrides(PXC, {"spec": {"pxc": {"sstRetryWhatever": 3}}})
    assert checked == override_check.Checked((), ("overrides.spec.pxc.sstRetryWhatever",))


def test_definitions_that_cannot_be_read_leave_the_models_to_judge(
    nothing_at_hand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = nothing_at_hand / "definitions" / "pxc" / PXC.versions.definitions
    place.mkdir(parents=True)
    (place / "crd.yaml").write_text("{")
    monkeypatch.setenv("DBAAS_CRDS", str(nothing_at_hand / "definitions"))
    assert check_overrides(PXC, {"spec": {"pxc": {"sstRetryWhatever": 3}}}).unchecked


def test_definitions_beside_a_project_and_in_the_cache_are_found(
    nothing_at_hand: Path, official: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBAAS_CRDS")
    copied = shutil.copytree(official, nothing_at_hand / "shared" / "crds")
    project = nothing_at_hand / "project" / "deep"
    project.mkdir(parents=True)
    (project.parent / "Pulumi.yaml").write_text("name: x\n")
    monkeypatch.chdir(project)
    assert official_folder(PXC) == copied
    (project.parent / "Pulumi.yaml").unlink()
    assert official_folder(PXC) is None
    cache = nothing_at_hand / "cache" / "dbaas-components" / "definitions"
    shutil.copytree(official / "pxc", cache / "pxc")
    assert official_folder(PXC) == cache
    assert official_folder(ENGINES["pg"]) is None


@pytest.mark.usefixtures("official")
def test_a_definition_is_parsed_once_and_anew_when_its_file_changes(
    tmp_path: Path, official: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "definitions"
    copied = shutil.copytree(official / "pxc", folder / "pxc") / PXC.versions.definitions / "crd.yaml"
    monkeypatch.setenv("DBAAS_CRDS", str(folder))
    before = override_check._official_schema.cache_info()  # pyright: ignore[reportPrivateUsage]
    for _ in range(3):
        assert problems({"spec": {"pxc": {"sstRetry": 1}}})
    after = override_check._official_schema.cache_info()  # pyright: ignore[reportPrivateUsage]
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)
    copied.write_text(copied.read_text().replace("sstRetryCount:", "sstRetry:"))
    assert problems({"spec": {"pxc": {"sstRetry": 1}}}) == {}


def test_nothing_is_read_where_there_are_no_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("looked for definitions")

    monkeypatch.setattr(override_check, "official_folder", never)
    assert check_overrides(PXC, {}) == override_check.Checked()
    parse_database("orders", {"engine": "pxc", "namespace": "shop"})


def test_a_problem_reads_as_one_sentence(official: Path) -> None:
    (problem,) = check_overrides(PXC, {"spec": {"pxc": {"sstRetries": 3}}}).problems
    assert isinstance(problem, Problem)
    assert str(problem) == (
        "overrides.spec.pxc.sstRetries: is not a field of PerconaXtraDBCluster of operator 1.20.0; "
        'did you mean "sstRetryCount"?'
    )
