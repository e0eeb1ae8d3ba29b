"""All resources of one program, and the questions one asks about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from dbaas_components.evaluate.errors import EvaluationError, ResourceLookupError
from dbaas_components.evaluate.resource import Resource
from dbaas_components.evaluate.values import secret_paths, secrets_in


@dataclass(frozen=True, slots=True)
class Message:
    """A line the program logged with `pulumi.log`: `severity` is `info`, `warning` or `error`."""

    severity: str
    text: str


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """What a program would register with the engine.

    `resources` are all of them but the stack itself, sorted by URN: the order of registration is not the program's and
    says nothing. `stack` is the root resource, whose outputs are the exports. `messages` is what the program logged.
    """

    project: str
    stack_name: str
    resources: tuple[Resource, ...]
    stack: Resource
    messages: tuple[Message, ...]
    stack_transforms: int = 0
    """How many transforms the program registered for the whole stack. The engine runs those; an evaluation does not."""
    _by_urn: Mapping[str, Resource] = field(default_factory=dict[str, Resource])

    def __repr__(self) -> str:
        return f"<Graph of {self.project}/{self.stack_name}: {len(self.resources)} resources>"

    def __len__(self) -> int:
        return len(self.resources)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __contains__(self, urn: object) -> bool:
        return urn in self._by_urn

    def __getitem__(self, urn: str) -> Resource:
        """The resource of this URN, the stack included.

        Raises:
            ResourceLookupError: there is none.
        """
        found = self._by_urn.get(urn)
        if found is None:
            raise ResourceLookupError(f'no resource has the URN "{urn}"')
        return found

    def all(self, kind: str, name: str | None = None) -> tuple[Resource, ...]:
        """Every resource of this kind (`PerconaPGCluster`) or full type token, and of this Pulumi name if given."""
        return tuple(
            resource
            for resource in self.resources
            if kind in (resource.kind, resource.type) and name in (None, resource.name)
        )

    def one(self, kind: str, name: str | None = None) -> Resource:
        """The only resource of this kind or type token, and of this Pulumi name if given.

        Raises:
            ResourceLookupError: there is none, or more than one; the message lists what there is.
        """
        found = self.all(kind, name)
        if len(found) == 1:
            return found[0]
        wanted = kind if name is None else f'{kind} named "{name}"'
        if found:
            names = ", ".join(resource.name for resource in found[:10])
            raise ResourceLookupError(f"{len(found)} resources are a {wanted}: {names}; say which by name")
        kinds = Counter(resource.kind for resource in self.resources)
        held = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items())) or "no resource at all"
        raise ResourceLookupError(f"no resource is a {wanted}; the graph holds {held}")

    @cached_property
    def _children(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            if resource.parent is not None:
                found.setdefault(resource.parent, []).append(resource)
        return {urn: tuple(children) for urn, children in found.items()}

    def children(self, of: Resource | str) -> tuple[Resource, ...]:
        """The resources whose parent is this one (a resource or a URN), sorted by URN."""
        return self._children.get(_urn(of), ())

    def descendants(self, of: Resource | str) -> tuple[Resource, ...]:
        """The children, their children and so on, sorted by URN."""
        found: list[Resource] = []
        waiting = list(self.children(of))
        while waiting:
            resource = waiting.pop()
            found.append(resource)
            waiting.extend(self.children(resource))
        return tuple(sorted(found, key=_urn))

    def dependency_closure(self, of: Resource | str) -> tuple[Resource, ...]:
        """Everything that must exist before this resource: its dependencies, theirs and so on, sorted by URN."""
        seen: set[str] = set()
        waiting = list(self[_urn(of)].dependencies)
        while waiting:
            urn = waiting.pop()
            if urn not in seen:
                seen.add(urn)
                waiting.extend(self[urn].dependencies)
        return tuple(self[urn] for urn in sorted(seen))

    def in_order(self) -> tuple[Resource, ...]:
        """Every resource after its parent, its provider and all it depends on; by URN where that leaves a choice.

        Raises:
            EvaluationError: the dependencies form a circle.
        """
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for resource in self.resources:
            before = (resource.parent or "", resource.provider or "", *resource.dependencies)
            sorter.add(resource.urn, *(urn for urn in before if urn in self._by_urn and urn != self.stack.urn))
        try:
            sorter.prepare()
        except CycleError as error:
            raise EvaluationError(f"the dependencies form a circle: {' -> '.join(error.args[1])}") from None
        ordered: list[Resource] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            ordered.extend(self[urn] for urn in ready)
            sorter.done(*ready)
        return tuple(ordered)

    @property
    def exports(self) -> dict[str, Any]:
        """The stack's exports by name, as plain Python with `Secret`, `UNKNOWN` and `Reference`."""
        return self.stack.outputs

    @property
    def secret_exports(self) -> tuple[str, ...]:
        """The names of the exports that are secret or hold a secret, sorted."""
        return tuple(sorted(name for name, value in self.exports.items() if secret_paths(value)))

    def secret_values(self) -> list[Any]:
        """The plain values of all secrets in inputs, outputs and exports, in the order of URNs.

        For tests: an empty list says that no secret passes through Pulumi at all, and each value can be searched for
        where it must not appear.
        """
        found: list[Any] = []
        for resource in (*self.resources, self.stack):
            found += (*secrets_in(resource.inputs), *secrets_in(resource.given_outputs))
        return found

    def text(self, *, versions: bool = False) -> str:
        """The graph as YAML to keep in a repository and review; see `snapshot`."""
        from dbaas_components.evaluate.text import snapshot

        return snapshot(self, versions=versions)


def _urn(of: Resource | str) -> str:
    return of if isinstance(of, str) else of.urn
