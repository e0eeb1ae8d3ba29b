"""How the arguments of components are read, to be described to other languages."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import types
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin, is_typeddict

from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition

from dbaas_components.base import Component
from dbaas_components.bootstrap.coroot.component import SecretKeyArgs
from dbaas_components.bootstrap.pmm import component as pmm
from dbaas_components.bootstrap.vault import arguments as vault
from dbaas_components.databases import arguments as databases
from dbaas_components.databases.spec.descriptions import descriptions_of

NAMES: Final = {
    databases.PmmArgs: "DatabasePmmArgs",
    databases.VaultArgs: "DatabaseVaultArgs",
    SecretKeyArgs: "CorootSecretKeyArgs",
    pmm.IssuerArgs: "PmmIssuerArgs",
    vault.IssuerArgs: "VaultIssuerArgs",
    vault.RoleArgs: "VaultRoleArgs",
}
"""Parts that bear another name in the package, which has one name for all that are written in any file."""


class Reader(Analyzer):
    """The SDK's analyser, for components that also choose between words, from several files.

    The SDK's own (pulumi 3.272) stops at `Literal` and at two parts of one name, and leaves out the description of a
    field that is inherited.
    """

    def analyze_property(self, arg: Any, typ: Any, name: str, **given: Any) -> PropertyDefinition:
        """The field, with plain text for a choice between words; the specification refuses all others."""
        if get_origin(arg) is Literal:
            arg = str
        return super().analyze_property(renamed(arg) if arg in NAMES else arg, typ, name, **given)

    def get_docstring(self, typ: Any, name: str) -> str | None:
        """What stands below the field, and the words that it may be."""
        for one in lineage(typ):
            if (text := descriptions_of(one).get(name)) is not None:
                words = [f"`{word}`" for word in words_of(inspect.get_annotations(typ).get(name))]
                return f"{text} One of {', '.join(words)}." if len(words) > 1 else text
        return None


@cache
def renamed(part: Any) -> Any:
    """The part of the arguments by its name in the package."""
    copy = types.new_class(NAMES[part], (part,))
    copy.__module__, copy.__doc__ = part.__module__, part.__doc__
    return copy


def words_of(annotation: Any) -> tuple[str, ...]:
    """The words that an annotation, or one within it, chooses between."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for argument in get_args(annotation) for word in words_of(argument))


def lineage(typ: Any) -> Iterator[Any]:
    """The type and those that it has its fields from: components, or mappings of arguments."""
    if not is_typeddict(typ):
        yield from (one for one in typ.__mro__ if issubclass(one, Component) and one is not Component)
        return
    typ = next((part for part, name in NAMES.items() if name == typ.__name__), typ)
    yield typ
    # A TypedDict does not know what it was derived from; its source does.
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(typ))).body
    assert isinstance(definition, ast.ClassDef)
    for base in definition.bases:
        found = getattr(sys.modules[typ.__module__], base.id, None) if isinstance(base, ast.Name) else None
        if is_typeddict(found):
            yield from lineage(found)
