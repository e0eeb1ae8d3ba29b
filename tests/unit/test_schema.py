"""`dbaas schema`: valid JSON Schema, which takes what parses and refuses what has another structure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from dbaas_components.cli import app as cli
from dbaas_components.databases.argument_schema import REQUIRED, argument_schema
from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.registered import registered_databases
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
from tests.strategies import arguments, space_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
MINIMAL = {"engine": "pg", "namespace": "shop"}
# Arguments over the whole specification are large, and some are mended or thrown away.
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example)


@cache
def schema_of(engine: str | None = None) -> dict[str, Any]:
    return argument_schema(engine)


@cache
def validator(engine: str | None = None) -> Draft202012Validator:
    return Draft202012Validator(schema_of(engine))


def problems(args: Any, engine: str | None = None) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(engine).iter_errors(args)]


def parses(args: dict[str, Any]) -> bool:
    try:
        parse_database("orders", args)
    except SpecError:
        return False
    return True


def parts(schema: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from parts(value, f"{path}.{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from parts(value, f"{path}[{index}]")


@pytest.mark.parametrize("engine", [None, *ENGINES])
def test_it_is_json_schema_of_2020_12(engine: str | None) -> None:
    schema = argument_schema(engine)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == list(REQUIRED)
    json.dumps(schema)


@pytest.mark.parametrize("engine", [None, *ENGINES])
def test_every_field_is_described_and_no_part_takes_other_keys(engine: str | None) -> None:
    for path, part in parts(argument_schema(engine)):
        if isinstance(part.get("properties"), dict) and "type" in part:
            assert part["additionalProperties"] is False, path
            undescribed = [name for name, field in part["properties"].items() if not field.get("description")]
            assert undescribed == [], path


def test_no_field_of_the_specification_is_left_out_without_an_engine() -> None:
    assert set(argument_schema()["properties"]) == set(DatabaseSpec.model_fields)


def test_forms_of_text_come_with_examples_that_fit_them() -> None:
    found = [part for _, part in parts(argument_schema()) if "pattern" in part and "examples" in part]
    assert len(found) > 10
    for part in found:
        assert part["examples"]
        assert [text for text in part["examples"] if not Draft202012Validator(part).is_valid(text)] == []


def test_defaults_that_depend_on_the_profile_are_not_named() -> None:
    schema = argument_schema("pxc")
    properties = schema["properties"]
    assert "default" not in properties["replicas"]
    assert "default" not in properties["tls"]["properties"]["required"]
    assert "default" not in properties["spread"]["properties"]["nodes"]
    assert properties["profile"]["default"] == "standard"
    assert properties["version"]["default"] == ENGINES["pxc"].versions.default
    assert properties["proxy"]["properties"]["type"]["default"] == "haproxy"
    assert "default" not in argument_schema()["properties"]["version"]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engines_schema_has_only_what_it_can_do(engine: str) -> None:
    schema = argument_schema(engine)
    assert schema["properties"]["engine"]["enum"] == [engine]
    assert schema["properties"]["version"]["enum"] == list(ENGINES[engine].versions.series)
    denied = {capability.path for capability in CAPABILITIES if engine in capability.missing and not capability.value}
    for capability in CAPABILITIES:
        words = _words_at(schema, capability.path.split("."))
        if engine in capability.missing:
            assert words is None or (capability.value is not None and capability.value not in words), capability.key
        elif isinstance(capability.value, bool):
            # Both, which no list of words has to say.
            assert words == [], capability.key
        elif not any(capability.path.startswith((f"{path}.", f"{path}[]", f"{path}{{}}")) for path in denied):
            assert words is not None, capability.key
            assert capability.value is None or capability.value in words, capability.key


def _words_at(root: dict[str, Any], path: list[str]) -> list[str] | None:
    """The words of the field at a path of the table of capabilities; None where there is no such field."""
    here = root
    for name in path:
        field = here.get("properties", {}).get(name.removesuffix("[]").removesuffix("{}"))
        if field is None:
            return None
        here = _resolved(root, field)
        if name.endswith("[]"):
            here = _resolved(root, here["items"])
        elif name.endswith("{}"):
            here = _resolved(root, here["additionalProperties"])
        here = next((choice for choice in here.get("anyOf", ()) if "properties" in choice), here)
    return here.get("enum", [])


def _resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return root["$defs"][reference.rpartition("/")[2]] if reference else schema


def _stacks() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(ROOT.glob("Pulumi.*.yaml")):
        for database in yaml.safe_load(path.read_text())["config"]["dbaas:databases"]:
            yield f"{path.name} {database['name']}", {key: value for key, value in database.items() if key != "region"}


@pytest.mark.parametrize(("place", "args"), [pytest.param(*one, id=one[0]) for one in _stacks()])
def test_every_database_of_our_stacks_is_accepted(place: str, args: dict[str, Any]) -> None:
    assert problems(args) == []
    assert problems(args, args["engine"]) == []


@pytest.mark.parametrize("program", sorted(path.parent.name for path in (ROOT / "examples").glob("*/__main__.py")))
def test_every_example_is_accepted(program: str) -> None:
    with registered_databases() as databases:
        evaluate(ROOT / "examples" / program, project=program)
    assert databases
    for database in databases:
        args = {key: "shop" if isinstance(value, pulumi.Output) else value for key, value in database.arguments.items()}
        plain = json.loads(json.dumps(args))
        assert problems(plain) == []
        assert problems(plain, plain["engine"]) == []


@pytest.mark.parametrize("storage", ["100Gi", {"size": "100Gi"}, {"tier": "high"}])
def test_storage_has_a_short_form_and_a_whole_one(storage: Any) -> None:
    args = {**MINIMAL, "storage": storage, "storage_tiers": {"high": "fast"}}
    assert problems(args) == []
    assert parses(args)


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespace": "shop"},
        {"engine": "pg"},
        {**MINIMAL, "engine": "postgres"},
        {**MINIMAL, "replica": 3},
        {**MINIMAL, "replicas": "3"},
        {**MINIMAL, "version": 18},
        {**MINIMAL, "profile": "production"},
        {**MINIMAL, "storage": 100},
        {**MINIMAL, "storage": "100GB"},
        {**MINIMAL, "storage": {"sise": "100Gi"}},
        {**MINIMAL, "proxy": "pgbouncer"},
        {**MINIMAL, "proxy": {"type": "nginx"}},
        {**MINIMAL, "users": {"app": {}}},
        {**MINIMAL, "users": [{"databases": ["app"]}]},
        {**MINIMAL, "incarnation": 0},
        {**MINIMAL, "deletion_protection": "no"},
        {**MINIMAL, "labels": {"not a key": "x"}},
        {**MINIMAL, "slo": {"rpo": "5 minutes", "rto": "1h"}},
        {**MINIMAL, "backup": {"schedules": [{"name": "daily", "cron": "daily"}]}},
        {**MINIMAL, "backup": {"storages": {"main": {"type": "ftp"}}}},
        {**MINIMAL, "backup": {"storages": {"Not A Name": {"type": "s3"}}}},
        {**MINIMAL, "instance_sets": [{"name": "big", "storage": {"tier": "high"}}]},
    ],
    ids=lambda wrong: json.dumps({key: value for key, value in wrong.items() if MINIMAL.get(key) != value}),
)
def test_what_is_wrong_here_is_wrong_for_the_parser_too(wrong: dict[str, Any]) -> None:
    assert problems(wrong)
    assert not parses(wrong)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_whatever_parses_is_valid(engine: str, data: st.DataObject) -> None:
    args = data.draw(arguments(space_of(engine)))
    if parses(args):
        assert problems(args) == []
        assert problems(args, engine) == []


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_a_structure_that_is_wrong_is_refused_by_both(engine: str, data: st.DataObject) -> None:
    args = data.draw(arguments(space_of(engine)))
    wrong = copy.deepcopy(args)
    places = list(_mappings(wrong, schema_of()))
    # Drawn by number: a failure would print the whole schema otherwise.
    place, schema = places[data.draw(st.integers(0, len(places) - 1))]
    if not place or data.draw(st.booleans()):
        place["no_such_field"] = data.draw(st.sampled_from([1, "x", [], {}, True]))
    else:
        # A mapping in place of a plain value, and the other way round.
        key = data.draw(st.sampled_from(sorted(place)))
        whole = isinstance(place[key], dict) or _takes_mapping(schema, key)
        place[key] = [1.5] if whole else {"no_such_field": 1}
    assert problems(wrong), wrong
    assert not parses(wrong)


def _takes_mapping(schema: dict[str, Any], key: str) -> bool:
    field = _resolved(schema_of(), schema["properties"][key])
    return any(choice.get("type") == "object" for choice in (field, *field.get("anyOf", ())))


def _mappings(value: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The parts of the arguments whose keys the schema names, each with its schema."""
    root = schema_of()
    schema = _resolved(root, schema)
    schema = next((choice for choice in schema.get("anyOf", ()) if "properties" in choice), schema)
    if "properties" in schema:
        yield value, schema
    for key, below in value.items():
        field = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        if not isinstance(field, dict):
            continue
        field = _resolved(root, field)
        if isinstance(below, dict):
            yield from _mappings(below, field)
        elif isinstance(below, list):
            for item in below:
                if isinstance(item, dict):
                    yield from _mappings(item, field["items"])


def test_the_command_prints_it_and_refuses_an_unknown_engine() -> None:
    result = CliRunner().invoke(cli.build_app(), ["schema", "--engine", "ps"])
    assert json.loads(result.output) == argument_schema("ps")
    refused = CliRunner().invoke(cli.build_app(), ["schema", "--engine", "mysql"])
    assert refused.exit_code == 1
    assert '"mysql" is not an engine; choose pg, ps, psmdb or pxc' in refused.stderr
