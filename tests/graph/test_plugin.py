"""The schema of the component provider: what programs in other languages see."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.util import camel_case

from dbaas_components import ManagedDatabase, ManagedDatabaseArgs
from dbaas_components.databases.managed import DatabaseOutputs

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"


@pytest.fixture(scope="module")
def plugin() -> Any:
    found = importlib.util.spec_from_file_location("dbaas_plugin", PLUGIN / "__main__.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def schema(plugin: Any) -> dict[str, Any]:
    return json.loads(plugin.make_provider().schema)


def test_the_package_has_the_token_that_the_components_register_themselves_with(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {"dbaas:index:ManagedDatabase", "dbaas:index:SecretStore"}
    assert all(one["isComponent"] for one in schema["resources"].values())


def test_every_argument_and_output_of_a_database_is_there(schema: dict[str, Any]) -> None:
    described = schema["resources"]["dbaas:index:ManagedDatabase"]
    assert set(described["inputProperties"]) == {camel_case(name) for name in ManagedDatabaseArgs.__annotations__}
    assert described["requiredInputs"] == ["engine", "namespace"]
    assert set(described["properties"]) == {camel_case(name) for name in DatabaseOutputs.__annotations__}
    assert issubclass(ManagedDatabase, DatabaseOutputs)


def test_every_type_that_is_named_is_there_and_every_input_is_described(schema: dict[str, Any]) -> None:
    named = {one for one in _references(schema) if one.startswith("#/types/")}
    assert named == {f"#/types/{name}" for name in schema["types"]}
    for described in schema["types"].values():
        for name, field in described["properties"].items():
            assert field.get("description"), name


def test_only_what_takes_numbers_and_texts_alike_is_of_any_type(schema: dict[str, Any]) -> None:
    loose = {
        name
        for described in (*schema["resources"].values(), *schema["types"].values())
        for name, field in {**described.get("inputProperties", {}), **described["properties"]}.items()
        if "pulumi.json#/Any" in json.dumps(field)
    }
    assert loose == {"parameters", "overrides", "memoryLimit", "configParameters", "nodes"}


def test_whole_numbers_of_the_wire_are_integers_again(plugin: Any) -> None:
    found = plugin.whole_numbers({"a": 3.0, "b": [1.0, 1.5, {"c": 2.0}], "d": True, "e": "7.0"})
    assert repr(found) == "{'a': 3, 'b': [1, 1.5, {'c': 2}], 'd': True, 'e': '7.0'}"


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for one in value.values() for found in _references(one)]
    return [found for one in value for found in _references(one)] if isinstance(value, list) else []
