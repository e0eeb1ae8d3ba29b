"""What `dbaas dr` is told of the stack's topologies, one document each, and their agents."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dbaas_components.dr.topology.handover import topology_document
from dbaas_components.errors import Problem, SpecError, one_of
from stacks.agents import KEY as AGENTS
from stacks.agents import agents_of
from stacks.topologies import PlacedTopology

KEY: Final = "dbaas:failover"
_KEYS: Final = (
    "witness",
    "lease",
    "timing",
    "environment",
    "overrides_allowed",
    "automatic",
    "promote_seconds",
    "replay_seconds",
    "detection_seconds",
)
"""Fields of the document that are neither the topology's nor the regions'."""
_KNOWN: Final = (*_KEYS, AGENTS)
_NAME: Final = "{topology}"


@dataclass(slots=True)
class Failover:
    """What is made of `dbaas:failover`, and every problem of it."""

    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """By topology what `dbaas dr --topology` reads."""
    agents: dict[str, Mapping[str, Mapping[str, Any]]] = field(
        default_factory=dict[str, Mapping[str, Mapping[str, Any]]]
    )
    """By topology and region the arguments of its agent; empty where the settings ask for none."""
    problems: list[Problem] = field(default_factory=list[Problem])


def failover_of(
    topologies: Sequence[PlacedTopology],
    regions: Sequence[Any],
    common: Mapping[str, Any],
    environment: str,
    ownership: Mapping[str, str] | None,
) -> Failover:
    """Reads `dbaas:failover` for every topology.

    `regions` are the stack's; `environment` is what decides over overrides where nothing else is said.
    """
    problems = _unknown(common, KEY)
    clusters = {region.name: _access(region) for region in regions}
    found: dict[str, Mapping[str, Any]] = {}
    agents: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for one in topologies:
        own = f"{one.path}.failover"
        if unknown := _unknown(one.failover, own):
            problems += unknown
            continue
        told = {"environment": environment, **common, **one.failover}
        name = one.design.topology.name
        if twice := _one_cluster(one, clusters):
            problems.append(Problem("dbaas:regions", twice))
            continue
        if told.get("witness") is None and told.get("lease") is None:
            message = "says neither witness nor lease, and a topology's lease has to be in a third place; write one"
            problems.append(Problem(KEY, message))
            continue
        settings = {key: _named(value, name) for key, value in told.items() if key in _KEYS}
        try:
            found[name] = topology_document(one.design, {site: clusters[site] for site in one.design.sites}, **settings)
        except SpecError as error:
            problems += [
                _placed(problem, own if _first(problem) in one.failover else KEY) for problem in error.problems
            ]
            continue
        if told.get(AGENTS) is not None:
            agents[name], wrong = agents_of(one, _named(told[AGENTS], name), found[name], ownership)
            problems += [_placed(problem, own if AGENTS in one.failover else KEY) for problem in wrong]
    problems += _one_lease(found)
    return Failover(found, agents, list(dict.fromkeys(problems)))


def _access(region: Any) -> dict[str, str]:
    told = {"context": region.context, "kubeconfig": region.kubeconfig}
    return {key: value for key, value in told.items() if value is not None}


def _unknown(given: Mapping[str, Any], path: str) -> list[Problem]:
    return [
        Problem(f"{path}.{key}", f"is not a known key; {one_of(key, _KNOWN)}") for key in given if key not in _KNOWN
    ]


def _one_cluster(topology: PlacedTopology, clusters: Mapping[str, Mapping[str, str]]) -> str | None:
    seen: list[tuple[str, Mapping[str, str]]] = []
    for region in topology.design.sites:
        if other := next((name for name, access in seen if access == clusters[region]), None):
            return (
                f"{other} and {region} are one Kubernetes cluster by context and kubeconfig, and two regions that are "
                f'one are no topology ("{topology.design.topology.name}"); name another context'
            )
        seen.append((region, clusters[region]))
    return None


def _one_lease(found: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """A Lease in a witness bears the topology's name; an object has the name that is given."""
    holders: dict[str, str] = {}
    problems: list[Problem] = []
    for name, document in found.items():
        lease = document.get("lease")
        if lease and (other := holders.setdefault(f"{lease['bucket']}/{lease['key']}", name)) != name:
            message = f'is that of topology "{other}" and of "{name}", and each has its own lease; write {_NAME} in it'
            problems.append(Problem(f"{KEY}.lease.key", message))
    return problems


def _named(value: Any, name: str) -> Any:
    """With the topology's name in the place of `{topology}`."""
    if isinstance(value, dict):
        return {key: _named(item, name) for key, item in value.items()}
    return value.replace(_NAME, name) if isinstance(value, str) else copy.copy(value)


def _first(problem: Problem) -> str:
    return problem.path.partition(".")[0].partition("[")[0]


def _placed(problem: Problem, where: str) -> Problem:
    return Problem(f"{where}.{problem.path}" if problem.path else where, problem.message)
