"""Models of custom resources as pydantic has them: for JSON schemas, and to check that a manifest has its types."""

from __future__ import annotations

from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from dbaas_components.databases.custom_resources.model import Model, default_of, key_of


@cache
def checked(model: type[Model]) -> type[BaseModel]:
    """The pydantic model of the same fields, under their keys in a manifest. It refuses what it does not know."""
    fields: dict[str, Any] = {}
    for name, annotation in get_type_hints(model, include_extras=True).items():
        fields[name] = (annotation, Field(default_of(model, name), alias=key_of(model, name)))
    return create_model(
        model.__name__,
        __config__=ConfigDict(extra="forbid", strict=True, defer_build=True),
        __doc__=model.__doc__,
        __module__=model.__module__,
        **fields,
    )
