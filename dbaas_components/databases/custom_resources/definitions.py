"""Stand-in CustomResourceDefinitions, made from the typed models.

For machines on which the operators' own definitions are not at hand and cannot be fetched. They know exactly the fields
that this library writes, so an API server that holds them refuses a misspelt field as one with the official definitions
does. They are no replacement: an operator needs its own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from dbaas_components.databases.custom_resources.checked import checked
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.labels import STAND_IN

# What an OpenAPI schema of a definition may say of a value; pydantic says more, which the API server refuses.
_KEPT: Final = ("type", "format", "enum", "required", "x-kubernetes-int-or-string")


def stand_in_definition(engine: Engine) -> dict[str, Any]:
    """The CustomResourceDefinition of an engine's database, as exact as the typed model."""
    group, _, version = engine.api_version.partition("/")
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": engine.definition_name,
            "annotations": {STAND_IN: "made from the models of dbaas-components; not the operator's own definition"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {
                "kind": engine.kind,
                "listKind": f"{engine.kind}List",
                "plural": engine.plural,
                "singular": engine.kind.lower(),
                "shortNames": list(engine.short_names),
            },
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": model_schema(engine)},
                }
            ],
        },
    }


def model_schema(engine: Engine) -> dict[str, Any]:
    """The structural schema of an engine's custom resource, with a status that only an operator knows."""
    schema = checked(engine.model()).model_json_schema(by_alias=True, mode="serialization")
    shared = cast("Mapping[str, Any]", schema.get("$defs", {}))
    properties = {name: _structural(value, shared) for name, value in schema["properties"].items()}
    # The API server knows these three itself, and allows no more than their type to be said.
    properties |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    properties["status"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"type": "object", "required": ["spec"], "properties": properties}


def _structural(schema: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema of pydantic as a structural one: references put in place, `null` and titles left out."""
    if "$ref" in schema:
        return _structural(shared[schema["$ref"].rpartition("/")[2]], shared)
    if "anyOf" in schema and "x-kubernetes-int-or-string" not in schema:
        # An optional field may be left out; it is never written as null.
        (some,) = (option for option in schema["anyOf"] if option.get("type") != "null")
        return _structural(some, shared)
    # A copy: a list that two places share would be written as a YAML alias.
    result = copy.deepcopy({key: schema[key] for key in _KEPT if key in schema})
    if "const" in schema:
        result["enum"] = [schema["const"]]
    if "properties" in schema:
        result["properties"] = {name: _structural(value, shared) for name, value in schema["properties"].items()}
    elif isinstance(schema.get("additionalProperties"), Mapping):
        result["additionalProperties"] = _structural(schema["additionalProperties"], shared)
    if "items" in schema:
        result["items"] = _structural(schema["items"], shared)
    return result


def write_definitions(folder: Path) -> list[Path]:
    """Writes a stand-in for every engine, laid out as `<engine>/<operator version>/crd.yaml`; returns the files."""
    written: list[Path] = []
    for engine in ENGINES.values():
        path = folder / engine.name / engine.versions.definitions / "crd.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(stand_in_definition(engine), sort_keys=False))
        written.append(path)
    return written
