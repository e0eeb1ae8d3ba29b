"""Reading a folder of definitions: what is found, what is refused, and that the second time is fast."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from dbaas_components.bootstrap import definition_bundle
from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.custom_resources.definitions import stand_in_definition, write_definitions
from dbaas_components.databases.engines import ENGINES
from dbaas_components.errors import SpecError

pytestmark = pytest.mark.slow

PXC = ENGINES["pxc"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_definitions(tmp_path / "crds")
    return tmp_path / "crds"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def refused(folder: Path, cache: Path, engines: list[str] | None = None) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_bundle(folder, engines, cache=cache)
    return [str(problem) for problem in caught.value.problems]


def test_every_definition_is_found_sorted_by_name(folder, cache):
    names = [definition["metadata"]["name"] for definition in read_bundle(folder, cache=cache)]
    assert names == sorted(engine.definition_name for engine in ENGINES.values())


def test_only_the_engines_that_were_asked_for_are_read(folder, cache):
    (definition,) = read_bundle(folder, ["pxc"], cache=cache)
    assert definition["metadata"]["name"] == PXC.definition_name


def test_what_only_a_server_writes_is_dropped_and_descriptions_stay(folder, cache):
    definition = stand_in_definition(PXC)
    definition["metadata"]["creationTimestamp"] = None
    definition["status"] = {"conditions": []}
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = "a database"
    (folder / "pxc" / PXC.versions.definitions / "crd.yaml").write_text(yaml.safe_dump(definition))
    (read,) = read_bundle(folder, ["pxc"], cache=cache)
    assert "creationTimestamp" not in read["metadata"]
    assert "status" not in read
    assert read["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] == "a database"


@pytest.mark.parametrize("wrap", [False, True])
def test_json_is_read_as_well_also_as_a_list(folder, cache, wrap):
    place = folder / "pxc" / PXC.versions.definitions
    definition = stand_in_definition(PXC)
    (place / "crd.yaml").unlink()
    (place / "anything.json").write_text(json.dumps({"kind": "List", "items": [definition]} if wrap else definition))
    assert read_bundle(folder, ["pxc"], cache=cache) == [definition]


def test_documents_that_are_no_definitions_are_passed_over(folder, cache):
    path = folder / "pxc" / PXC.versions.definitions / "crd.yaml"
    path.write_text(f"{path.read_text()}\n---\nkind: ConfigMap\nmetadata: {{name: x}}\n---\n\n--- text\n")
    assert len(read_bundle(folder, ["pxc"], cache=cache)) == 1


def test_the_second_time_no_yaml_is_parsed(folder, cache, monkeypatch):
    first = read_bundle(folder, cache=cache)

    def parsed(*args: object, **kwargs: object) -> None:
        raise AssertionError("YAML was parsed again")

    monkeypatch.setattr(definition_bundle.yaml, "load_all", parsed)
    assert read_bundle(folder, cache=cache) == first
    path = folder / "pxc" / PXC.versions.definitions / "crd.yaml"
    path.write_text(f"{path.read_text()}# changed\n")
    with pytest.raises(AssertionError, match="parsed again"):
        read_bundle(folder, cache=cache)


def test_a_half_written_cache_is_written_anew(folder, cache):
    first = read_bundle(folder, cache=cache)
    for kept in cache.iterdir():
        kept.write_bytes(kept.read_bytes()[:20])
    assert read_bundle(folder, cache=cache) == first
    assert all(json.loads(kept.read_bytes()) for kept in cache.iterdir())


def test_a_cache_that_cannot_be_written_is_done_without(folder, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert len(read_bundle(folder, cache=blocked / "cache")) == len(ENGINES)


def test_a_missing_folder_is_named_with_the_layout_that_is_needed(tmp_path, cache):
    assert refused(tmp_path / "nowhere", cache) == [
        f'folder: "{tmp_path / "nowhere"}" is not a folder; give one laid out as <engine>/<operator version>/crd.yaml'
    ]


def test_a_missing_engine_and_a_wrong_version_are_told_together(folder, cache):
    (folder / "pxc" / PXC.versions.definitions).rename(folder / "pxc" / "1.0.0")
    (folder / "pg" / ENGINES["pg"].versions.definitions / "crd.yaml").unlink()
    (folder / "pg" / ENGINES["pg"].versions.definitions).rmdir()
    (folder / "pg").rmdir()
    assert refused(folder, cache) == [
        f'folder: "{folder}" has pxc definitions of 1.0.0, and operator version 1.20.0 is needed; '
        "add pxc/1.20.0/crd.yaml",
        f'folder: "{folder}" has no definitions for pg; add pg/3.0.0/crd.yaml',
    ]


def test_a_file_without_the_databases_own_definition_is_refused(folder, cache):
    (folder / "pxc" / PXC.versions.definitions / "crd.yaml").write_text("kind: ConfigMap\n")
    (problem,) = refused(folder, cache, ["pxc"])
    assert "has no definition perconaxtradbclusters.pxc.percona.com" in problem


@pytest.mark.parametrize(("name", "text"), [("crd.yaml", "a: [b"), ("crd.json", "{")])
def test_a_broken_file_is_named(folder, cache, name, text):
    path = folder / "pxc" / PXC.versions.definitions / name
    path.write_text(text)
    (problem,) = refused(folder, cache, ["pxc"])
    assert f'"{path}" cannot be read' in problem


def test_an_unknown_engine_is_refused_with_the_nearest(folder, cache):
    assert refused(folder, cache, ["pcx"]) == [
        'engines[0]: "pcx" is not an engine; choose pg, ps, psmdb or pxc; did you mean "pxc"?'
    ]


@pytest.mark.parametrize(("engine", "shown"), [(1, "1"), ({}, "a mapping"), ([3], "a list"), (None, "null")])
def test_an_engine_that_is_not_text_is_refused(folder, cache, engine, shown):
    assert refused(folder, cache, ["pxc", engine]) == [
        f"engines[1]: {shown} is not an engine; choose pg, ps, psmdb or pxc"
    ]


def test_no_engine_at_all_is_refused(folder, cache):
    assert refused(folder, cache, []) == ["engines: is empty; name at least one engine or leave it out for all"]
