"""Writes `dbaas_components/databases/arguments.py` from the specification's models: `python -m tools.write_arguments`.

The arguments are TypedDicts, the only type that Pulumi describes to other languages; the models are what checks them.
One is made from the other, and a test tells when that was forgotten.
"""

from __future__ import annotations

import textwrap
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.descriptions import descriptions_of

TARGET = Path(__file__).resolve().parents[1] / "dbaas_components" / "databases" / "arguments.py"

_HEAD = '''"""The arguments of `ManagedDatabase`: the specification's fields, as plain types that every language has.

Made from the specification's models by `python -m tools.write_arguments`; change them there.
"""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe the component
# to other languages, and finds only text where that import is in force. For the same reason plain `str` instead of
# Literal and Union; the specification checks the words.

from typing import Any, NotRequired, TypedDict

import pulumi
'''

# Fields that a model wants and that a profile or an engine fills in.
_FILLED_IN = {
    ("DatabaseSpec", field)
    for field in ("name", "version", "profile", "replicas", "storage", "replication", "proxy", "deletion_protection")
} | {("DatabaseSpec", "image_registry"), ("Storage", "size"), ("Proxy", "type"), ("Replication", "mode")}
_NAMES = {"DatabaseSpec": "ManagedDatabaseArgs"}


def arguments_source() -> str:
    """The whole file."""
    models: list[type[BaseModel]] = []
    _collect(DatabaseSpec, models)
    return _HEAD + "".join(f"\n\n{_class(model)}" for model in models)


def _collect(model: type[BaseModel], into: list[type[BaseModel]]) -> None:
    """Parts before the wholes that they are part of."""
    for field in model.model_fields.values():
        for part in models_in(field.annotation):
            if part not in into:
                _collect(part, into)
    into.append(model)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models within an annotation: of an optional one, of a list's items, of a mapping's values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in models_in(argument)]


def _class(model: type[BaseModel]) -> str:
    title = "What a database is to be. Only `engine` and `namespace` have no default."
    doc = title if model is DatabaseSpec else (model.__doc__ or "").strip()
    lines = [f"class {_name(model)}(TypedDict):", *_doc(doc, "    "), ""]
    for name, field in model.model_fields.items():
        written = "pulumi.Input[str]" if (model, name) == (DatabaseSpec, "namespace") else _type(field.annotation)
        wanted = field.is_required() and (model.__name__, name) not in _FILLED_IN
        lines.append(f"    {name}: {written}" if wanted else f"    {name}: NotRequired[{written}]")
        lines += _doc(descriptions_of(model)[name], "    ")
    return "\n".join(lines) + "\n"


def _name(model: type[BaseModel]) -> str:
    return _NAMES.get(model.__name__, f"{model.__name__}Args")


def _doc(text: str, indent: str) -> list[str]:
    return textwrap.wrap(f'"""{text}"""', 120, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return "str"
    if origin in (Union, types.UnionType):
        some = [argument for argument in arguments if argument is not type(None)]
        return _type(some[0]) if len(some) == 1 else "Any"
    if origin is tuple:
        return f"list[{_type(arguments[0])}]"
    if origin is dict:
        return f"dict[str, {_type(arguments[1])}]"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _name(annotation)
    return "Any" if annotation is Any else annotation.__name__


if __name__ == "__main__":
    TARGET.write_text(arguments_source())
