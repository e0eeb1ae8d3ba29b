"""Who wrote what: the managers of an object's fields, as the API server keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.drift.fields import Path, owned_fields

FALLBACK: Final = "dbaas-drift"
"""The name under which a dry run applies to an object that no program has applied."""
_PROGRAM: Final = "pulumi"
# Of Kubernetes itself; and the operators' binaries: PXC 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0.
_SYSTEM: Final = ("kube-", "kubelet", "k3s", "cloud-controller-manager")
_OPERATORS: Final = frozenset(
    {
        "percona-xtradb-cluster-operator",
        "percona-server-mysql-operator",
        "percona-server-mongodb-operator",
        "percona-postgresql-operator",
        "postgres-operator",
        "postgrescluster-controller",
    }
)


@dataclass(frozen=True, slots=True)
class Manager:
    """One entry of `metadata.managedFields`."""

    name: str
    applies: bool
    """Whether it applied the fields, in contrast to an update of the whole object."""
    time: str
    fields: tuple[Path, ...]

    @property
    def is_program(self) -> bool:
        """Whether it is Pulumi's Kubernetes provider."""
        return self.name.startswith(_PROGRAM)

    @property
    def is_system(self) -> bool:
        """Whether it is a part of Kubernetes itself."""
        return self.name.startswith(_SYSTEM)

    @property
    def is_operator(self) -> bool:
        """Whether it is one of the operators, by the name of its program."""
        return self.name in _OPERATORS

    @property
    def words(self) -> str:
        """Its name, and since when."""
        return f"{self.name} at {self.time}" if self.time else self.name


def managers_of(live: Mapping[str, Any]) -> list[Manager]:
    """The managers of an object, without those of its status."""
    return list(_managers(live))


def _managers(live: Mapping[str, Any]) -> Iterator[Manager]:
    metadata = _mapping(live.get("metadata"))
    entries: Any = metadata.get("managedFields")
    for item in cast("list[Any]", entries) if isinstance(entries, list) else []:
        entry = _mapping(item)
        if entry.get("subresource"):
            continue
        fields = tuple(path for path in owned_fields(_mapping(entry.get("fieldsV1"))) if path[0] != "status")
        yield Manager(
            str(entry.get("manager", "")), entry.get("operation") == "Apply", str(entry.get("time", "")), fields
        )


def program_manager(managers: list[Manager]) -> str:
    """The name under which the program applied the object.

    Pulumi's, else of those who applied it the one that owns most of it, as `kubectl` does after `dbaas render`.
    """
    applied = sorted((one for one in managers if one.applies), key=lambda one: (not one.is_program, -len(one.fields)))
    return applied[0].name if applied else FALLBACK


def writer_of(path: Path, managers: list[Manager], program: str) -> Manager | None:
    """Who of the others wrote a field or something below or above it, the last one first."""
    found = [
        one
        for one in managers
        if one.name != program and not one.is_system and any(_meets(path, owned) for owned in one.fields)
    ]
    return max(found, key=lambda one: one.time, default=None)


def _meets(path: Path, owned: Path) -> bool:
    """Whether the one leads to the other; items of lists are told apart by what is known of them."""
    return all(one == other or _item(one, other) for one, other in zip(path, owned, strict=False))


def _item(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, tuple):
        return any(value == one for _, value in cast("tuple[tuple[str, Any], ...]", other))
    return isinstance(one, int) and isinstance(other, tuple)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
