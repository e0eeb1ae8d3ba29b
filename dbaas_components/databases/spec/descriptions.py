"""What the fields of the specification mean, in the words that stand below them in the source."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel


@cache
def descriptions_of(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field of a model, by field name.

    Read when asked for and not by pydantic itself, which would read every model's source at each import.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    (definition,) = tree.body
    assert isinstance(definition, ast.ClassDef)
    result: dict[str, str] = {}
    for base in model.__bases__:
        # The text of a field that is inherited stands where the field does.
        if issubclass(base, BaseModel) and base.model_fields:
            result |= descriptions_of(base)
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            result[statement.target.id] = inspect.cleandoc(following.value.value).replace("\n", " ")
    return result
