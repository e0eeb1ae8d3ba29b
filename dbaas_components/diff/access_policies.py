"""Whether a policy document of AWS allows much that it did not allow before."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.values import Condition, Object

# Everything of a service, of an account or of a bucket.
_EVERYTHING: Final = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*|arn:[^:]*:s3:::[^/]*(?:/\*)?")
# Each is held against each, and a document of a pull request may have any number.
_MOST_RIGHTS: Final = 500


class _Right(NamedTuple):
    action: str
    resource: str
    rest: str
    """Whose it is and under which conditions."""


def same_document(old: object, new: object) -> bool:
    """Whether two documents, text or value, are the same JSON."""
    before, after = _parsed(old), _parsed(new)
    return before is not None and before == after


def _much_allowed(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A right of wide reach comes, or something that was denied no longer is. A document that nobody can read, one
    that names what it is not about, and one of very many rights counts as such."""
    old, new = _document(change.old), _document(change.new)
    if old is None or new is None:
        return True
    more = {one for one in new[0] if not any(_covers(other, one) for other in old[0])}
    return any("*" in one.action or _EVERYTHING.fullmatch(one.resource) for one in more) or bool(old[1] - new[1])


def _covers(wide: _Right, narrow: _Right) -> bool:
    return (
        wide.rest == narrow.rest
        and fnmatchcase(narrow.action.lower(), wide.action.lower())
        and fnmatchcase(narrow.resource, wide.resource)
    )


def _parsed(document: object) -> object:
    """Its JSON; None for text that is none."""
    try:
        return json.loads(document) if isinstance(document, str) else document
    except (ValueError, RecursionError):
        return None


def _document(value: object) -> tuple[frozenset[_Right], frozenset[_Right]] | None:
    """What it allows and what it denies; None where that cannot be told."""
    found = _parsed(value)
    statements: Any = cast("Object", found).get("Statement") if isinstance(found, Mapping) else None
    sides: dict[object, set[_Right]] = {"Allow": set(), "Deny": set()}
    for one in cast("list[Any]", statements if isinstance(statements, list) else [statements]):
        if not isinstance(one, Mapping) or cast("Object", one).get("Effect") not in sides:
            return None
        statement = cast("Object", one)
        if "Action" not in statement or "NotResource" in statement or "NotPrincipal" in statement:
            return None
        rights = itertools.islice(_rights(statement), _MOST_RIGHTS + 1)
        sides[statement["Effect"]] |= set(rights)
        if sum(map(len, sides.values())) > _MOST_RIGHTS:
            return None
    return frozenset(sides["Allow"]), frozenset(sides["Deny"])


def _rights(statement: Object) -> Iterator[_Right]:
    rest = {key: value for key, value in statement.items() if key in ("Principal", "Condition")}
    words = json.dumps(rest, sort_keys=True, default=str)
    for action in _listed(statement["Action"]):
        for resource in _listed(statement.get("Resource", "")):
            yield _Right(action, resource, words)


def _listed(value: Any) -> list[str]:
    return [str(one) for one in cast("list[Any]", value)] if isinstance(value, list) else [str(value)]


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType({"much allowed": _much_allowed})
