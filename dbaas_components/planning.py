"""What a program would make, as steps in order with their gates: from an evaluated graph, with no engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Final, cast

from dbaas_components.evaluate import Graph, Resource, Unknown
from dbaas_components.labels import GATE

_OURS: Final = "dbaas:index:"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_COMPOSING: Final = frozenset({f"{_OURS}Platform", f"{_OURS}DatabaseTopology"})
"""Components that only put others together: their parts are the steps."""


@dataclass(frozen=True, slots=True)
class Step:
    """One component, or one resource that belongs to none."""

    number: int
    region: str
    """Pulumi name of the Kubernetes provider of its objects; empty for what is not in a Kubernetes cluster."""
    name: str
    kind: str
    makes: Mapping[str, int]
    """Kind to how many of it."""
    charts: tuple[str, ...]
    """Helm releases, `vault 0.34.1`."""
    gates: tuple[str, ...]
    """What has to be shown before a later step begins, in words."""
    protected: int
    """How many resources the engine refuses to delete."""
    kept: int
    """How many stay in the cluster or cloud when they leave the program."""
    after: tuple[int, ...]
    """Numbers of the steps that must be done first, without those that these wait for themselves."""


def steps(graph: Graph) -> list[Step]:
    """The steps of an `up` in their order; a `destroy` goes the other way.

    Steps that do not wait for each other are made at the same time; their numbers then go by region and name.
    """
    heads = _heads(graph)
    members: dict[str, list[Resource]] = {}
    for resource in graph.resources:
        if resource.custom and not resource.type.startswith("pulumi:"):
            members.setdefault(heads[resource.urn], []).append(resource)
    # Of components too: what a component waits for holds up the registration of all that is in it.
    before: dict[str, set[str]] = {head: set() for head in members}
    for resource in graph.resources:
        if (head := heads[resource.urn]) in members:
            found = {heads[urn] for urn in (*resource.dependencies, resource.provider or "") if urn in heads}
            before[head] |= found & members.keys() - {head}
    # Who composes others waits for all of them.
    for head in members:
        for above in _composing(graph[head], graph):
            found = {heads[urn] for urn in above.dependencies if urn in heads}
            before[head] |= found & members.keys() - {head}
    regions = {head: _region(owned, graph) for head, owned in members.items()}
    numbers = {head: number for number, head in enumerate(_ordered(before, regions, graph), start=1)}
    return [
        _step(graph[head], members[head], number, regions[head], _nearest(head, before, numbers))
        for head, number in numbers.items()
    ]


def _heads(graph: Graph) -> dict[str, str]:
    """URN of each resource to the URN of the step that it belongs to."""
    heads: dict[str, str] = {}

    def head(resource: Resource) -> str:
        if resource.urn not in heads:
            parent = graph[resource.parent] if resource.parent else None
            top = parent is None or parent.urn == graph.stack.urn or parent.type in _COMPOSING
            heads[resource.urn] = resource.urn if top or parent is None else head(parent)
        return heads[resource.urn]

    for resource in graph.resources:
        head(resource)
    return heads


def _composing(head: Resource, graph: Graph) -> Iterator[Resource]:
    """The components above a step that only put steps together."""
    while head.parent and head.parent != graph.stack.urn:
        head = graph[head.parent]
        yield head


def _ordered(before: Mapping[str, Iterable[str]], regions: Mapping[str, str], graph: Graph) -> Iterator[str]:
    sorter = TopologicalSorter(before)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda urn: (regions[urn], graph[urn].name))
        yield from ready
        sorter.done(*ready)


def _nearest(head: str, before: Mapping[str, set[str]], numbers: Mapping[str, int]) -> tuple[int, ...]:
    """Of all that a step waits for, what no other of them waits for too."""
    seen: dict[str, set[str]] = {}

    def all_before(one: str) -> set[str]:
        if one not in seen:
            seen[one] = set[str]().union(before[one], *(all_before(other) for other in before[one]))
        return seen[one]

    covered = set[str]().union(*(all_before(one) for one in before[head]))
    return tuple(sorted(numbers[one] for one in before[head] - covered))


def _step(head: Resource, owned: list[Resource], number: int, region: str, after: tuple[int, ...]) -> Step:
    releases = [one for one in owned if one.type == _RELEASE]
    return Step(
        number=number,
        region=region,
        name=head.name,
        kind=head.kind,
        makes=dict(sorted(Counter(one.kind for one in owned if one.type != _RELEASE).items())),
        charts=tuple(sorted(_chart(one) for one in releases)),
        gates=tuple(sorted({gate for one in owned if (gate := _gate(one))} | _shown(head))),
        protected=sum(one.protect for one in owned),
        kept=sum(one.retain_on_delete for one in owned),
        after=after,
    )


def _chart(release: Resource) -> str:
    chart, version = str(release.inputs.get("chart")), release.inputs.get("version")
    return f"{chart.rpartition('/')[2]} {version}" if version else chart


def _shown(head: Resource) -> set[str]:
    """What a component says of itself that it waits for."""
    shows = None if head.custom else head.outputs.get("shows")
    return {shows} if isinstance(shows, str) else set()


def _gate(resource: Resource) -> str | None:
    metadata: Any = resource.inputs.get("metadata")
    if not isinstance(metadata, Mapping):
        return None
    annotations: Any = cast("Mapping[str, Any]", metadata).get("annotations")
    if not isinstance(annotations, Mapping):
        return None
    gate = cast("Mapping[str, Any]", annotations).get(GATE)
    return None if gate is None or isinstance(gate, Unknown) else str(gate)


def _region(owned: Iterable[Resource], graph: Graph) -> str:
    providers = {one.provider for one in owned if one.provider and one.type.startswith("kubernetes:")}
    names = {graph[urn].name for urn in providers if urn in graph}
    return min(names, key=lambda name: (len(name), name), default="")
