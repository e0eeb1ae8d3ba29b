"""Reading a custom resource of which parts may be missing, not known yet, or of another shape than expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast

from dbaas_components.quantities import Quantity

Object = Mapping[str, Any]
"""A custom resource, or a part of one."""


class Unknown(Enum):
    """What a field holds of which nothing can be said: an output in a preview, a secret, or a surprising shape."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
_PLAIN: Final = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Members:
    """A list whose items an operator tells apart by name."""

    path: str
    called: str
    """What an error calls one of them, `{}` being its name: `replica set "{}"`."""
    unnamed: str
    """The name that the operator gives an item without one, `{}` being its place in the list."""

    def word(self, name: str) -> str:
        """What an error calls the member of this name."""
        return self.called.format(name)


def at(part: Object, path: str) -> Any:
    """The value at a path such as `spec.pxc.image`; None where there is none, `UNKNOWN` where that cannot be said."""
    found: Any = part
    for key in path.split("."):
        if found is None:
            return None
        if not isinstance(found, Mapping):
            return UNKNOWN
        found = cast("Object", found).get(key)
    return cast("Any", found) if isinstance(found, (*_PLAIN, Mapping, list)) else UNKNOWN


def text_at(part: Object, path: str, default: str = "") -> str | Unknown:
    """The text at a path, `default` where there is none."""
    found = at(part, path)
    if found is None or found == "":
        return default
    return found if isinstance(found, str) else UNKNOWN


def quantity_at(part: Object, path: str) -> Quantity | None:
    """The quantity at a path; None where there is none, or what is there is no quantity or not known."""
    found = at(part, path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    try:
        return Quantity.parse(str(found))
    except ValueError:
        # The API server refuses it in its own words.
        return None


def members_of(part: Object, which: Members) -> dict[str, Object] | None:
    """The members by name, in their order; None where not all of them are known."""
    found = at(part, which.path)
    if found is None:
        return {}
    if not isinstance(found, list):
        return None
    named: dict[str, Object] = {}
    for place, item in enumerate(cast("list[Any]", found)):
        if not isinstance(item, Mapping):
            return None
        member = cast("Object", item)
        name = text_at(member, "name", which.unnamed.format(place))
        if isinstance(name, Unknown):
            return None
        named[name] = member
    return named


def in_both(before: Object, after: Object, which: Members) -> list[tuple[str, Object, Object]]:
    """Name, former and future shape of each member that stays, in the former order."""
    old, new = members_of(before, which) or {}, members_of(after, which) or {}
    return [(name, member, new[name]) for name, member in old.items() if name in new]


def left_out(before: Object, after: Object, which: Members) -> list[str]:
    """The names of the members that were there and are to be no more, as far as that is known."""
    old, new = members_of(before, which), members_of(after, which)
    return [] if old is None or new is None else [name for name in old if name not in new]


def is_whole(value: Any) -> bool:
    """Whether nothing in the value is unknown."""
    if isinstance(value, Mapping):
        return all(is_whole(item) for item in cast("Object", value).values())
    if isinstance(value, list):
        return all(is_whole(item) for item in cast("list[Any]", value))
    return isinstance(value, _PLAIN)


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
