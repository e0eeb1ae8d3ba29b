"""Which database and which tenant a resource belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from dbaas_components.diff.document import Document, Saved

TENANT: Final = "dbaas-components.io/tenant"
INSTANCE: Final = "app.kubernetes.io/instance"
DATABASES: Final[Mapping[str, str]] = {
    "PerconaXtraDBCluster": "pxc",
    "PerconaServerMySQL": "ps",
    "PerconaServerMongoDB": "psmdb",
    "PerconaPGCluster": "pg",
}
_PROVIDER: Final = "pulumi:providers:kubernetes"
# The field in which backups and restores name their database.
_NAMED_IN: Final = ("pxcCluster", "clusterName", "pgCluster", "postgresClusterName")


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """Where a change is told: the tenant, and the database; both empty for what all of them share."""

    tenant: str = ""
    database: str = ""
    namespace: str = ""
    region: str = ""


class Owners:
    """The owners of the resources of one side."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._climbed: dict[str, Owner | None] = {}
        self._databases = [one for one in document.resources if one.kind in DATABASES and not one.read]

    @cached_property
    def _by_component(self) -> Mapping[str, Owner]:
        return {one.parent: self._database(one) for one in self._databases if self._is_component(one.parent)}

    @cached_property
    def _by_object(self) -> Mapping[tuple[str, str, str], Owner]:
        return {(one.provider, one.namespace, one.object_name): self._database(one) for one in self._databases}

    @cached_property
    def _several_regions(self) -> bool:
        return len({one.provider for one in self._databases}) > 1

    def of(self, resource: Saved) -> Owner:
        """The owner of a resource."""
        if resource.kind in DATABASES:
            return self._database(resource)
        if (owner := self._of_component(resource.urn)) is not None:
            return owner
        for name in _names(resource):
            owner = self._by_object.get((resource.provider, resource.namespace, name))
            if owner is not None:
                return owner
        tenant = resource.labels.get(TENANT)
        return Owner(tenant if isinstance(tenant, str) else "")

    def _of_component(self, urn: str) -> Owner | None:
        """The owner of the component that a resource is a part of."""
        owner, climbed = None, list[str]()
        while urn and owner is None and urn not in self._climbed:
            owner = self._by_component.get(urn)
            # Marked before its parent is looked at: a graph that somebody made up may go in a circle.
            self._climbed[urn] = owner
            climbed.append(urn)
            found = self._document.by_urn.get(urn)
            urn = found.parent if found is not None else ""
        owner = owner or self._climbed.get(urn)
        self._climbed.update(dict.fromkeys(climbed, owner))
        return owner

    def databases(self, engine: str) -> Iterable[tuple[Saved, Owner]]:
        """The databases of an engine and their owners."""
        return [(one, self._database(one)) for one in self._databases if DATABASES[one.kind] == engine]

    def _is_component(self, urn: str) -> bool:
        found = self._document.by_urn.get(urn)
        return found is not None and not found.custom

    def _database(self, resource: Saved) -> Owner:
        tenant = resource.labels.get(TENANT)
        region = self._region(resource) if self._several_regions else ""
        return Owner(tenant if isinstance(tenant, str) else "", resource.object_name, resource.namespace, region)

    def _region(self, resource: Saved) -> str:
        provider = self._document.by_urn.get(resource.provider)
        return provider.name if provider is not None and provider.type == _PROVIDER else ""


def _names(resource: Saved) -> Iterable[str]:
    spec: Any = resource.inputs.get("spec")
    fields = cast("Mapping[str, Any]", spec) if isinstance(spec, Mapping) else dict[str, Any]()
    found: list[Any] = [fields.get(name) for name in _NAMED_IN] + [resource.labels.get(INSTANCE)]
    return [name for name in found if isinstance(name, str)]
