"""Exceptions that were agreed on: named, with a reason and an end."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

from dbaas_components.errors import Problem, SpecError, one_of, shown
from dbaas_components.policy.item import as_mapping
from dbaas_components.policy.reading import Reader, ReadError
from dbaas_components.policy.rule import Rule

WAIVERS_FILE: Final = Path(".dbaas") / "waivers.yaml"
"""Where a project keeps its waivers, from the folder of `Pulumi.yaml`."""

_LARGEST: Final = 2**20
_REQUIRED: Final = ("rule", "resource", "reason", "expires")
_KNOWN: Final = (*_REQUIRED, "stack")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One rule does not hold for one resource, until the end of the day `expires`.

    `resource` is named as findings name it: `shop/orders` for a database. With `stack`, the waiver counts in that stack
    alone; in others it is neither used nor missed.
    """

    rule: str
    resource: str
    reason: str
    expires: date
    stack: str = ""

    def __str__(self) -> str:
        return f"{self.rule} for {self.resource}"


def read_waivers(path: Path, rules: Iterable[Rule]) -> tuple[Waiver, ...]:
    """The waivers in a file; none where there is no file.

        waivers:
          - rule: backups/point-in-time
            resource: shop/orders
            reason: rebuilt every night from the ledger
            expires: 2027-03-31
            stack: prod

    Raises `SpecError` with every problem: a rule that does not exist, a missing key, no reason, no date, or
    two for the same.
    """
    if not path.is_file():
        return ()
    try:
        document: object = Reader(largest_file=_LARGEST).data(path)
    except ReadError as error:
        raise SpecError(str(path), [Problem("", str(error))]) from None
    given = as_mapping(document)
    entries: object = given.get("waivers")
    if document is not None and (set(given) != {"waivers"} or not isinstance(entries, list)):
        raise SpecError(str(path), [Problem("", "does not hold a list `waivers` and nothing else; write one")])
    ids = [rule.id for rule in rules]
    problems: list[Problem] = []
    found: list[Waiver] = []
    places: dict[tuple[str, str, str], int] = {}
    for number, entry in enumerate(cast("list[object]", entries or [])):
        wrong = list(_problems(entry, f"waivers[{number}]", ids))
        problems += wrong
        if not wrong:
            fields = cast("Mapping[str, Any]", entry)
            expires = date.fromisoformat(fields["expires"])
            one = Waiver(fields["rule"], fields["resource"], fields["reason"], expires, fields.get("stack", ""))
            first = places.setdefault((one.rule, one.resource, one.stack), number)
            if first != number:
                problems.append(Problem(f"waivers[{number}]", f"is for the same as waivers[{first}], {one}; leave one"))
            found.append(one)
    if problems:
        raise SpecError(str(path), problems)
    return tuple(found)


def _problems(entry: object, path: str, ids: list[str]) -> Iterable[Problem]:
    if not isinstance(entry, Mapping):
        yield Problem(path, f"{shown(entry)} is not a mapping; write {', '.join(_REQUIRED)}")
        return
    fields = cast("Mapping[str, Any]", entry)
    for key in fields:
        if key not in _KNOWN:
            yield Problem(f"{path}.{key}", f"is not a known key; {one_of(str(key), _KNOWN)}")
    for key in (*_REQUIRED, *(["stack"] if "stack" in fields else [])):
        value = fields.get(key)
        if key == "expires":
            if not _is_date(value):
                yield Problem(f"{path}.{key}", f"{shown(value)} is not a date; write one such as 2027-03-31")
        elif not isinstance(value, str) or not value.strip():
            yield Problem(f"{path}.{key}", f"{shown(value)} is not a text; write one")
        elif key == "rule" and value not in ids:
            yield Problem(f"{path}.{key}", f"{shown(value)} is no rule; {_near(value, ids)}")


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) == len("2027-03-31") and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _near(value: str, ids: list[str]) -> str:
    in_room = [one for one in ids if one.startswith(f"{value.partition('/')[0]}/")]
    near = difflib.get_close_matches(value, in_room or ids, n=1, cutoff=0.4)
    return f'did you mean "{near[0]}"?' if near else "`dbaas check --rules` lists them"
