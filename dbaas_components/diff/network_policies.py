"""Whether a network policy lets in no more than before."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.one_form import ANY
from dbaas_components.diff.values import Condition, Object, at

_EVERYONE: Final = MappingProxyType({"from": ANY})


def _fewer_let_in(_change: FieldChange, old: Object, new: Object) -> bool:
    """Every rule that lets somebody in let him in before: rules and their peers only went.

    What another selector or range of addresses lets in is not weighed: that counts as more.
    """
    before, after = _rules(old), _rules(new)
    return before is not None and after is not None and all(any(_in(one, rule) for rule in before) for one in after)


def _rules(policy: Object) -> list[Object] | None:
    """Who is let in; nobody where the policy has no rule, everyone where it is about the way out alone."""
    types: Any = at(policy, "spec.policyTypes")
    if isinstance(types, list) and types and "Ingress" not in types:
        return [_EVERYONE]
    found: Any = at(policy, "spec.ingress")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in cast("list[Any]", found)):
        return None
    return cast("list[Object]", found)


def _in(rule: Object, other: Object) -> bool:
    """No peers, or no ports, are all of them; what is no list, which the API refuses, is in nothing."""
    return all(
        (allowed := other.get(part)) in (ANY, None, [])
        or (
            isinstance(allowed, list)
            and isinstance(asked := rule.get(part), list)
            and bool(cast("list[Any]", asked))
            and all(one in allowed for one in cast("list[Any]", asked))
        )
        for part in ("from", "ports")
    )


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType({"fewer let in": _fewer_let_in})
