"""The rules as a Pulumi policy pack asks for them: one resource at a time, and the whole stack at the end.

Nothing here needs `pulumi-policy`: `policy_pack/__main__.py` hands these functions to it. Property values come as
`pulumi-policy` 1.21 gives them: whoever reads one that is not known yet gets an error, and no value shows whether it is
secret, so that rules which have to know that are left to `dbaas check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol, cast

from dbaas_components.policy.escaping import plain
from dbaas_components.policy.inventory import STACK_TYPE, Inventory
from dbaas_components.policy.item import UNKNOWN, Item
from dbaas_components.policy.rule import Rule, Severity, Violation
from dbaas_components.policy.rules import RULES
from dbaas_components.policy.waivers import Waiver

Report = Callable[[str, str | None], None]
"""Takes a message and the URN of the resource that it is about."""


class EngineResource(Protocol):
    """A resource as the engine describes it to a pack."""

    resource_type: str
    props: Mapping[str, Any]
    urn: str
    name: str
    opts: Any


def rules_for_engine(severity: Severity, *, whole: bool) -> tuple[Rule, ...]:
    """The rules of a severity that look at one resource alone, or, with `whole`, at others too."""
    return tuple(one for one in RULES if one.severity is severity and one.whole is whole and not one.secrecy)


def check_resource(
    given: EngineResource, report: Report, rules: Iterable[Rule], waivers: Sequence[Waiver], today: date | None = None
) -> None:
    """Reports what is wrong with one resource."""
    item = item_of(given)
    inventory = Inventory((item,))
    for rule in rules:
        _report(rule.violations(inventory), rule, report, waivers, today)


def check_stack(
    given: Iterable[EngineResource],
    report: Report,
    rules: Iterable[Rule],
    waivers: Sequence[Waiver],
    today: date | None = None,
) -> None:
    """Reports what is wrong with the resources of a stack, seen together."""
    inventory = Inventory(tuple(item_of(one) for one in given))
    for rule in rules:
        _report(rule.violations(inventory), rule, report, waivers, today)


def item_of(given: EngineResource) -> Item:
    """A resource of the engine as rules see it. Whether it is kept when it leaves the program, nobody says there."""
    sources: Mapping[str, Sequence[EngineResource]] = getattr(given, "property_dependencies", {})
    return Item(
        type=given.resource_type,
        name=given.name,
        properties=_known(given.props),
        urn=given.urn,
        protect=bool(given.opts.protect) if given.resource_type != STACK_TYPE else None,
        inputs_from={name: tuple(one.urn for one in found) for name, found in sources.items()},
    )


def _known(value: Any) -> Any:
    """The value with `UNKNOWN` where it is not known yet, and whole numbers as such."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {key: _read(fields, key) for key in fields}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = cast("Sequence[Any]", value)
        return [_read(items, place) for place in range(len(items))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _read(holder: Any, key: Any) -> Any:
    try:
        value = holder[key]
    except Exception as error:
        # By its name: the class is one of pulumi-policy, which is not there where this library is tested.
        if type(error).__name__ != "UnknownValueError":
            raise
        return UNKNOWN
    return UNKNOWN if isinstance(value, str) and value in _UNKNOWN else _known(value)


# What the engine writes in place of a text, a truth, a number, a list or a mapping that is not known yet (pulumi SDK
# 3.246, go/common/resource/plugin/rpc.go).
_UNKNOWN: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def _report(
    found: Iterable[tuple[Item, Violation]],
    rule: Rule,
    report: Report,
    waivers: Sequence[Waiver],
    today: date | None,
) -> None:
    day = today or datetime.now(UTC).date()
    for item, violation in found:
        # urn:pulumi:<stack>::<project>::<types>::<name>
        stack = item.urn.removeprefix("urn:pulumi:").partition("::")[0]
        excused = any(
            one.rule == rule.id and one.resource == item.address and one.stack in ("", stack) and one.expires >= day
            for one in waivers
        )
        if not excused:
            where = f"{item.kind} {item.address}{f' {violation.path}' if violation.path else ''}"
            report(plain(f"{rule.id}: {where}: {violation.message}. Fix: {rule.fix}."), item.urn)
