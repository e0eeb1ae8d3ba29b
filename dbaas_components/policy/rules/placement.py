"""How many members there are, and that no single failure takes most of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dbaas_components.policy.databases import Group, data_groups, engine_of, groups, is_critical, is_guarded
from dbaas_components.policy.fragments import database, examples
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, as_list, as_mapping, as_whole, value_at
from dbaas_components.policy.rule import Rule, Severity, Violation

_HOST: Final = "kubernetes.io/hostname"
_ZONE: Final = "topology.kubernetes.io/zone"
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_MAJORITY: Final = 3


def _enough(item: Item, _: Inventory) -> Iterator[Violation]:
    if engine_of(item) == "pg":
        # All sets of instances follow one primary, and each of them can take over.
        sizes = [group.size for group in data_groups(item)]
        if sizes and None not in sizes and sum(size or 0 for size in sizes) < 2:
            yield Violation("spec.instances", "has 1 of at least 2 members: nobody takes over when it fails")
        return
    for group in groups(item):
        least = _MAJORITY if group.votes else 2
        if group.role != "proxy" and group.size is not None and group.size < least:
            what = "no majority is left when one fails" if group.votes else "nobody takes over when it fails"
            yield Violation(group.path, f"has {group.size} of at least {least} members: {what}")


def _odd(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in groups(item):
        if group.votes and group.size and group.size % 2 == 0:
            survives = group.size // 2 - 1
            yield Violation(
                group.path, f"has {group.size} votes: {survives} may be lost, no more than with one vote less"
            )


def _proxies(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in groups(item):
        if group.role == "proxy" and group.size is not None and group.size < 2:
            yield Violation(group.path, f"has {group.size} of at least 2 pods: with it goes the way to the database")


def _safe(item: Item, _: Inventory) -> Iterator[Violation]:
    for flag, value in item.mapping("spec.unsafeFlags").items():
        if value is True:
            yield Violation(f"spec.unsafeFlags.{flag}", "is true: the operator leaves a check out")
    if item.at("spec.allowUnsafeConfigurations") is True:
        yield Violation("spec.allowUnsafeConfigurations", "is true: the operator leaves all checks out")


def _no_arbiter(item: Item, _: Inventory) -> Iterator[Violation]:
    for number, members in enumerate(item.items("spec.replsets")):
        if value_at(members, "arbiter.enabled") is True:
            path = f"spec.replsets[{number}].arbiter"
            yield Violation(path, "votes without data: with one member lost, majority writes wait for ever")


def _apart(group: Group) -> set[str]:
    """The topologies of which each holds at most one of a group's pods, or nearly so."""
    affinity = as_mapping(group.at("affinity"))
    found = {_HOST} if not affinity and group.claim != "dataVolumeClaimSpec" else set[str]()
    advanced = as_mapping(affinity.get("advanced")) or (affinity if "podAntiAffinity" in affinity else {})
    for term in as_list(value_at(advanced, f"podAntiAffinity.{_REQUIRED}")):
        found.add(str(value_at(term, "topologyKey")))
    key = value_at(affinity, "antiAffinityTopologyKey")
    if isinstance(key, str) and not as_mapping(affinity.get("advanced")):
        found.add(key)
    elif affinity and key is None and "advanced" not in affinity and "podAntiAffinity" not in affinity:
        # The MySQL and MongoDB operators take the node where nothing is said; the PG operator takes none.
        found |= set[str]() if group.claim == "dataVolumeClaimSpec" else {_HOST}
    for spread in as_list(group.at("topologySpreadConstraints")):
        if value_at(spread, "whenUnsatisfiable") == "DoNotSchedule":
            found.add(str(value_at(spread, "topologyKey")))
    return found


def _nodes(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        if (group.size or 0) > 1 and not {_HOST, _ZONE} & _apart(group):
            yield Violation(group.path, "nothing keeps two members off the same node")


def _zones(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        if (group.size or 0) > 1 and _ZONE not in _apart(group):
            yield Violation(group.path, "nothing spreads the members over zones")


def _budget(item: Item, _: Inventory) -> Iterator[Violation]:
    for group in data_groups(item):
        size = group.size or 0
        if size < 2:
            continue
        if engine_of(item) == "pg":
            taken: Any = group.at("minAvailable")
            gone = None if as_whole(taken) is None else size - (as_whole(taken) or 0)
            path = f"{group.path}.minAvailable"
        else:
            path = f"{group.path}.podDisruptionBudget"
            least = as_whole(group.at("podDisruptionBudget.minAvailable"))
            most = as_whole(group.at("podDisruptionBudget.maxUnavailable"))
            gone = size - least if least is not None else most
        # All four operators let one go where nothing is said; a percentage is not followed here.
        if gone is None:
            continue
        left = size - gone
        if left < (size // 2 + 1 if group.votes else 1):
            yield Violation(path, f"lets a node drain take {gone} of {size} members at once")
        elif gone == 0:
            yield Violation(path, "lets no member go: no node can be drained")


def _members(size: int, **fields: Any) -> dict[str, Any]:
    return {"pxc": {"size": size, **fields}}


_ON_ZONES = {"topologySpreadConstraints": [{"topologyKey": _ZONE, "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}]}
_NOT_APART = {"affinity": {"antiAffinityTopologyKey": "none"}}
_APART = {"affinity": {"antiAffinityTopologyKey": _HOST}}

RULES: Final = (
    Rule(
        id="quorum/enough-members",
        severity=Severity.ERROR,
        reason="a member fails with every node, drain and upgrade",
        fix="write at least 3 `replicas` (2 for pg), or take the profile `dev`",
        applies=is_guarded,
        check=_enough,
        examples=examples(
            (database("pxc", _members(3)), database("pg", {"instances": [{"replicas": 2}, {"replicas": 1}]})),
            (database("pxc", _members(1)), database("pg", {"instances": [{"replicas": 1}]}, name="ledger")),
        ),
    ),
    Rule(
        id="quorum/odd",
        severity=Severity.ERROR,
        reason="an even number of votes can split in halves of which neither may go on",
        fix="write an odd number of `replicas`",
        applies=is_guarded,
        check=_odd,
        examples=examples(
            (database("pxc", _members(5)), database("pg", {"instances": [{"replicas": 2}]})),
            database("pxc", _members(4)),
        ),
    ),
    Rule(
        id="quorum/two-proxies",
        severity=Severity.ERROR,
        reason="a database that runs is of no use when nobody gets to it",
        fix="write at least 2 `proxy.replicas`",
        applies=is_guarded,
        check=_proxies,
        examples=examples(
            database("pxc", {"haproxy": {"enabled": True, "size": 2}}),
            database("pxc", {"haproxy": {"enabled": True, "size": 1}}),
        ),
    ),
    Rule(
        id="quorum/no-unsafe-flags",
        severity=Severity.ERROR,
        reason="the checks that they switch off are those that keep a majority",
        fix="leave the flags out and mend what the operator complains about",
        applies=is_guarded,
        check=_safe,
        examples=examples(
            database("ps", {"unsafeFlags": {"mysqlSize": False}}), database("ps", {"unsafeFlags": {"mysqlSize": True}})
        ),
    ),
    Rule(
        id="quorum/no-arbiter",
        severity=Severity.WARNING,
        reason="an arbiter makes an election possible but never a durable write",
        fix="take a third member with data instead",
        applies=is_guarded,
        check=_no_arbiter,
        examples=examples(
            database("psmdb", {"replsets": [{"size": 3}]}),
            database("psmdb", {"replsets": [{"size": 2, "arbiter": {"enabled": True, "size": 1}}]}),
        ),
    ),
    Rule(
        id="placement/nodes",
        severity=Severity.ERROR,
        reason="two members on one node fail together, and with them the majority",
        fix="leave `spread.nodes` on (the default outside profile `dev`)",
        applies=is_guarded,
        check=_nodes,
        examples=examples(database("pxc", _members(3, **_APART)), database("pxc", _members(3, **_NOT_APART))),
    ),
    Rule(
        id="placement/zones",
        severity=Severity.ERROR,
        reason="a zone fails as a whole, and with it every member in it",
        fix="write `spread.zones: required` (the default of profile `critical`)",
        applies=is_critical,
        check=_zones,
        examples=examples(
            database("pxc", _members(3, **_ON_ZONES), profile="critical"),
            database("pxc", _members(3, **_APART), profile="critical"),
        ),
    ),
    Rule(
        id="placement/disruption-budget",
        severity=Severity.ERROR,
        reason="an upgrade of the cluster drains as many nodes at once as the budget allows",
        fix="let one member go at a time",
        applies=is_guarded,
        check=_budget,
        examples=examples(
            database("pxc", _members(3, podDisruptionBudget={"maxUnavailable": 1})),
            database("pxc", _members(3, podDisruptionBudget={"maxUnavailable": 2})),
        ),
    ),
)
