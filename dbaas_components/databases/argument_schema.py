"""JSON Schema (2020-12) of the arguments of a `ManagedDatabase`, for editors and forms. Pure.

It knows words, types and forms of text; what fields must be to each other is for `parse_database` alone. So whatever
parses is valid here, and not the other way round.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final, cast, get_args

from pydantic import BaseModel

from dbaas_components.databases.capabilities import CAPABILITIES, Capability
from dbaas_components.databases.defaults import default_layers
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.layers import leaves
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.descriptions import descriptions_of
from dbaas_components.errors import Problem, SpecError, one_of, shown

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
REQUIRED: Final = ("engine", "namespace")
_DEFINITIONS: Final = "#/$defs/"

Schema = dict[str, Any]


def argument_schema(engine: str | None = None) -> Schema:
    """The schema of the arguments, as a document of its own: required are `engine` and `namespace`.

    With `engine`, only what that engine can do: its version series, and without the fields and words that the table of
    capabilities says it does not have. An empty value is valid in no schema, though `parse_database` takes it for none.

    Raises `SpecError` for an engine that is not known.
    """
    if engine is not None and engine not in ENGINES:
        raise SpecError("schema", [Problem("engine", f"{shown(engine)} is not an engine; {one_of(engine, ENGINES)}")])
    schema = _described()
    _take_the_place_of_defaults(schema)
    chosen = [one for one in ENGINES.values() if engine in (None, one.name)]
    properties = schema["properties"]
    properties["engine"]["enum"] = [one.name for one in chosen]
    properties["version"]["enum"] = list(dict.fromkeys(series for one in chosen for series in one.versions.series))
    if engine is not None:
        for capability in CAPABILITIES:
            if engine in capability.missing:
                _take_away(schema, capability)
    _name_the_defaults(schema, chosen)
    _drop_unused_definitions(schema)
    title = f"A database of engine {engine}" if engine else "A database"
    described = "One database. What is not given comes from its profile, its size and its engine."
    return {"$schema": DIALECT, "title": title, **schema, "description": described}


def _described() -> Schema:
    """Pydantic's schema in this library's words: with the fields' descriptions, without nulls and titles."""
    schema: Schema = DatabaseSpec.model_json_schema()
    models = {model.__name__: model for model in _models(DatabaseSpec)}
    for name, part in [*schema["$defs"].items(), (DatabaseSpec.__name__, schema)]:
        model = models.get(name)
        if model is None:
            continue
        described = descriptions_of(model)
        for field, value in part["properties"].items():
            part["properties"][field] = {**_plain(value), "description": described[field]}
        part.pop("title", None)
    return schema


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in _models_in(field.annotation):
            yield from _models(part)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _plain(value: Schema) -> Schema:
    """A field's schema without title, null and structured default; keys of mappings checked wherever they stand."""
    result = {key: item for key, item in value.items() if key != "title"}
    if isinstance(result.get("default"), dict | list) or result.get("default", "") is None:
        del result["default"]
    choices = [choice for choice in result.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del result["anyOf"]
        result = {**choices[0], **result}
    elif choices:
        result["anyOf"] = choices
    # Pydantic lets keys that match no pattern pass.
    patterns = cast("dict[str, Schema]", result.pop("patternProperties", {}))
    for pattern, item in patterns.items():
        keys = {"pattern": pattern, **result.get("propertyNames", {})}
        result |= {"additionalProperties": item, "propertyNames": keys}
    return result


def _take_the_place_of_defaults(schema: Schema) -> None:
    """What profiles, sizes and engines fill in is not required, and has no default of its own."""
    schema["required"] = list(REQUIRED)
    storage = _resolved(schema, schema["properties"]["storage"])
    text = storage["properties"]["size"]
    description = storage["description"]
    whole = _without(_without(storage, "description"), "required")
    schema["properties"]["storage"] = {"anyOf": [_without(text, "description"), whole], "description": description}
    for engine in ENGINES.values():
        for profile in PROFILES:
            for layer in default_layers(engine, {"engine": engine.name, "profile": profile}):
                for path, _ in leaves(layer.values):
                    *parents, last = path.split(".")
                    part = _part(schema, schema, parents)
                    field = (part or {}).get("properties", {}).get(last)
                    if part is None or field is None:
                        continue
                    field.pop("default", None)
                    if parents and last in part.get("required", ()):
                        part["required"].remove(last)


def _without(schema: Schema, key: str) -> Schema:
    return {name: value for name, value in schema.items() if name != key}


def _resolved(root: Schema, schema: Schema) -> Schema:
    """The schema in the place of which a reference stands, as a copy that can be changed without the others."""
    reference: str | None = schema.get("$ref")
    if reference is None:
        return schema
    definition = copy.deepcopy(root["$defs"][reference.removeprefix(_DEFINITIONS)])
    return {**definition, **_without(schema, "$ref")}


def _part(root: Schema, schema: Schema, path: list[str]) -> Schema | None:
    """The part at a path of fields, with every reference on the way replaced by what it stands for."""
    here = schema
    for name in path:
        field = name.removesuffix("[]").removesuffix("{}")
        properties = here.get("properties", {})
        if field not in properties:
            return None
        properties[field] = below = _resolved(root, properties[field])
        if name.endswith("[]"):
            below["items"] = below = _resolved(root, below["items"])
        elif name.endswith("{}"):
            below["additionalProperties"] = below = _resolved(root, below["additionalProperties"])
        # The short form of storage stands beside the mapping.
        here = next((choice for choice in below.get("anyOf", ()) if "properties" in choice), below)
    return here


def _take_away(schema: Schema, capability: Capability) -> None:
    """Takes a field, or one of its words, out of the schema."""
    *parents, last = capability.path.split(".")
    part = _part(schema, schema, parents)
    name = last.removesuffix("[]")
    if part is None or name not in part.get("properties", {}):
        return
    if capability.value is None:
        del part["properties"][name]
        if name in part.get("required", ()):
            part["required"].remove(name)
        return
    field = part["properties"][name] = _resolved(schema, copy.deepcopy(part["properties"][name]))
    words = field["items"] if last.endswith("[]") else field
    allowed = [True, False] if isinstance(capability.value, bool) else words["enum"]
    words["enum"] = [word for word in allowed if word != capability.value]
    if not words["enum"]:
        del part["properties"][name]


def _name_the_defaults(schema: Schema, engines: list[Engine]) -> None:
    """Defaults that hold whatever the profile: the library's, and those of the only engine there is to choose."""
    named = ["library", *(f"engine {engine.name}" for engine in engines if len(engines) == 1)]
    for layer in default_layers(engines[0], {"engine": engines[0].name}):
        for path, value in leaves(layer.values) if layer.source in named else ():
            *parents, last = path.split(".")
            part = _part(schema, schema, parents)
            if (
                part is not None
                and last in part.get("properties", {})
                and isinstance(value, str | int | bool)
                and value
            ):
                part["properties"][last]["default"] = value


def _drop_unused_definitions(schema: Schema) -> None:
    definitions: dict[str, Schema] = schema.pop("$defs")
    used: dict[str, Schema] = {}
    waiting = list(_references({"properties": schema["properties"]}))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = definitions[name]
            waiting += _references(definitions[name])
    if used:
        schema["$defs"] = {name: definition for name, definition in definitions.items() if name in used}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in cast("Schema", value).items():
            if key == "$ref":
                yield str(item).removeprefix(_DEFINITIONS)
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _references(item)
