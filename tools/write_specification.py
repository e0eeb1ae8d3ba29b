"""Writes `docs/specification.md` from the schema of the arguments: `python -m tools.write_specification`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dbaas_components.databases.argument_schema import argument_schema
from dbaas_components.databases.spec import DatabaseSpec
from tools.write_arguments import models_in

TARGET = Path(__file__).resolve().parents[1] / "docs" / "specification.md"

_HEAD = """# The specification of a database

Every field of `ManagedDatabase`'s arguments, made from the models by `python -m tools.write_specification`. Names in
parentheses are the engines that have a field; [the catalog](catalog.md) says why the others do not. Profiles and
engines set defaults of their own: `dbaas explain` tells what holds. `dbaas schema` writes the same for editors.
"""

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "number": "number",
    "object": "mapping",
}
_CELL = re.compile(r"(?<!\\)\|")


def page() -> str:
    """The whole page."""
    schema = argument_schema()
    sections: dict[str, Mapping[str, Any]] = {}
    _collect(DatabaseSpec, schema, schema["$defs"], sections)
    text = [_HEAD]
    for name, part in sections.items():
        text += [*_section(name, part), ""]
    return "\n".join(text)


def _collect(
    model: type[BaseModel], part: Mapping[str, Any], parts: Mapping[str, Any], sections: dict[str, Mapping[str, Any]]
) -> None:
    """Parts in the order in which a reader meets them, each with the names of the parts that its fields take."""
    fields: dict[str, Any] = {}
    sections[model.__name__] = {**part, "properties": fields}
    below: list[tuple[type[BaseModel], Mapping[str, Any]]] = []
    for name, field in part["properties"].items():
        inner = next(iter(models_in(model.model_fields[name].annotation)), None)
        fields[name] = {**field, "part": inner.__name__ if inner else None}
        found = _object_in(field, parts)
        if inner and found and inner.__name__ not in sections:
            below.append((inner, found))
    for inner, found in below:
        if inner.__name__ not in sections:
            _collect(inner, found, parts, sections)


def _object_in(field: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object that a field takes, or the items of its list or mapping do."""
    if "$ref" in field:
        return parts[field["$ref"].rpartition("/")[2]]
    if "properties" in field:
        return field
    inner = [*field.get("anyOf", ()), *field.get("allOf", ()), field.get("items"), field.get("additionalProperties")]
    return next((found for one in inner if isinstance(one, Mapping) and (found := _object_in(one, parts))), None)


def _section(name: str, part: Mapping[str, Any]) -> list[str]:
    lines = ["## The database" if name == DatabaseSpec.__name__ else f"## {name}", ""]
    if description := part.get("description"):
        lines += [description, ""]
    lines += ["| field | takes | meaning |", "|---|---|---|"]
    required = part.get("required", [])
    for name, field in part["properties"].items():
        takes = _takes(field) + (", required" if name in required else "")
        lines.append(f"| `{name}` | {takes} | {_escaped(field.get('description', ''))}{_default(field)} |")
    return lines


def _takes(field: Mapping[str, Any]) -> str:
    part = field.get("part")
    link = f"[{part}](#{part.lower()})" if part else None
    if "anyOf" in field and not link:
        return " or ".join(dict.fromkeys(_takes(option) for option in field["anyOf"]))
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    kind = field.get("type")
    if kind == "array":
        return f"list of {link or _takes(field.get('items', {}))}"
    if kind == "object" and isinstance(field.get("additionalProperties"), Mapping):
        return f"mapping of names to {link or _takes(field['additionalProperties'])}"
    if link:
        return f"text such as `100Gi`, or {link}" if "anyOf" in field else link
    words = _WORDS.get(kind, "anything") if isinstance(kind, str) else "text, number, true or false"
    # A form has to be shown; a name is a name.
    examples = [example for example in field.get("examples", ()) if not re.fullmatch(r"[a-z-]+", str(example))]
    bounds = [f"{word} {field[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in field]
    if bounds:
        return f"{words} {' '.join(bounds)}"
    return f"{words} such as `{examples[0]}`" if examples else words


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    if default in (None, "", [], {}) or isinstance(default, Mapping):
        return ""
    return f" Default: `{str(default).lower() if isinstance(default, bool) else default}`."


def _escaped(text: str) -> str:
    return _CELL.sub(r"\\|", text)


if __name__ == "__main__":
    TARGET.write_text(page())
