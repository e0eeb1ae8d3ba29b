"""The generator of specifications: what it draws parses, covers the space, and every field of it does something."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from tests.strategies import arguments, space_of
from tests.strategies.common import common_table
from tests.strategies.coverage import Coverage, model_paths
from tests.strategies.generating import each
from tests.strategies.places import given_values, root, variants, walk
from tests.strategies.reducing import reduced
from tests.strategies.space import Arguments, Space, Table
from tests.strategies.words import values_of

pytestmark = pytest.mark.slow

NAMES = sorted(ENGINES)
DRAWN = 100
FLOOR = 0.8
"""Share of drawn arguments that must parse: below it, whole corners of the space would go untried unseen."""


def drawn(engine: str, count: int = DRAWN, **more: Any) -> list[Arguments]:
    found: list[Arguments] = []
    each(arguments(space_of(engine), **more), count, found.append)
    return found


def parses(found: Arguments) -> bool:
    try:
        parse_database(found["name"], found)
    except SpecError:
        return False
    return True


@pytest.mark.parametrize("engine", NAMES)
def test_nearly_all_drawn_arguments_parse(engine):
    refusals: list[str] = []
    found = drawn(engine)
    for one in found:
        try:
            parse_database(one["name"], one)
        except SpecError as error:
            refusals.append(str(error))
    assert len(refusals) <= (1 - FLOOR) * len(found), "\n".join(refusals)


@pytest.mark.parametrize("engine", NAMES)
def test_the_same_arguments_are_drawn_in_every_run(engine):
    assert drawn(engine, 5) == drawn(engine, 5)


def test_every_field_has_values():
    for place in walk(root()):
        if place.kind == "leaf" and place.path != "overrides":
            values_of(place.annotation)


def test_a_kind_of_word_without_values_is_told():
    unknown = Annotated[str, AfterValidator(str.upper)]
    with pytest.raises(TypeError, match=r"add them to tests/strategies/words\.py"):
        values_of(unknown)


def test_a_rule_for_a_field_that_is_gone_is_told():
    space = Space("pg", common_table(ENGINES["pg"]), Table(needs={"storage.colour": {"engine": ("pg",)}}))
    with pytest.raises(ValueError, match=r"storage\.colour is no place of the specification"):
        space.resolve(["storage.size"])


def test_what_an_engine_cannot_do_is_never_drawn():
    assert "sharding.shards" in space_of("psmdb").choices
    assert not [path for path in space_of("pg").choices if path.startswith(("sharding", "encryption.vault", "hidden"))]
    assert all("users" not in one for one in drawn("ps", 30))


def test_a_wanted_field_is_given():
    found = drawn("psmdb", 10, wanted=["backup.storages{}.claim"])
    assert all(any(place.path == "backup.storages{}.claim" for place, _ in given_values(one)) for one in found)


def test_paths_are_found_and_left_out_one_by_one():
    given = {"storage": "10Gi", "users": [{"name": "a", "grants": ["SELECT"]}, {"name": "b", "grants": ["ALL"]}]}
    assert [(place.path, value) for place, value in given_values(given)] == [
        ("storage.size", "10Gi"),
        ("users[].name", "a"),
        ("users[].grants", ["SELECT"]),
        ("users[].name", "b"),
        ("users[].grants", ["ALL"]),
    ]
    one, other = variants(given, "users[].grants")
    assert one["users"] == [{"name": "a"}, given["users"][1]]
    assert other["users"] == [given["users"][0], {"name": "b"}]
    assert [found["storage"] for found in variants(given, "storage.size", "20Gi")] == [{}, {"size": "20Gi"}]


def test_a_failure_is_told_with_nothing_that_it_does_not_need():
    given = {"name": "a", "engine": "pg", "pods": {"labels": {"x": "y"}, "priority": "p"}, "zones": ["a", "b"]}
    small = reduced(given, lambda found: "b" in found.get("zones", []) and "priority" in found.get("pods", {}))
    assert small == {"name": "a", "engine": "pg", "pods": {"priority": "p"}, "zones": ["b"]}


def test_only_what_differs_from_the_default_counts_as_given():
    coverage = Coverage("pxc")
    coverage.count({"name": "a", "namespace": "b", "engine": "pxc", "replicas": 3, "profile": "dev"}, [])
    assert set(coverage.given) == {"name", "namespace", "replicas", "profile"}
    coverage = Coverage("pxc")
    coverage.count({"name": "a", "namespace": "b", "engine": "pxc", "replicas": 3, "paused": False}, [])
    assert set(coverage.given) == {"name", "namespace"}


def test_fields_of_the_custom_resource_are_counted_by_path():
    coverage = Coverage("pxc")
    assert "spec.pxc.tolerations[].key" in model_paths("pxc")
    manifest = {"kind": "PerconaXtraDBCluster", "spec": {"pxc": {"tolerations": [{"operator": "Exists"}]}}}
    coverage.count({"name": "a", "namespace": "b", "engine": "pxc"}, [manifest])
    assert set(coverage.written) == {"spec.pxc", "spec.pxc.tolerations", "spec.pxc.tolerations[].operator"}


def test_a_floor_would_notice_a_generator_that_ignores_a_rule():
    """Without the mending of references between fields, the share of what parses falls below the floor."""
    space = space_of("pg")
    lame = Space("pg", *(Table(**{**vars(table), "mend": lambda hand, found: None}) for table in space.tables))
    found: list[Arguments] = []
    each(arguments(lame), DRAWN, found.append)
    assert sum(map(parses, found)) < FLOOR * len(found)
