"""Everything that one specification stands for: the custom resource and the objects around it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.overrides import merge_into
from dbaas_components.databases.rendering.external_secrets import credentials_secret
from dbaas_components.databases.rendering.network import network_policy

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec


@dataclass(frozen=True, slots=True)
class Composition:
    """The objects of one database, in the order in which they are applied."""

    before: tuple[Placed, ...]
    database: dict[str, Any]
    """The custom resource, overrides merged in."""
    after: tuple[Placed, ...]

    def manifests(self) -> list[dict[str, Any]]:
        """All objects, in order."""
        return [*(one.manifest for one in self.before), self.database, *(one.manifest for one in self.after)]


def compose(spec: DatabaseSpec) -> Composition:
    """The objects of a database. Where the namespace is not known yet, none of them bears one."""
    engine = ENGINES[spec.engine]
    objects = [*credentials_secret(spec, engine), *network_policy(spec, engine), *engine.objects(spec)]
    if spec.namespace:
        for placed in objects:
            placed.manifest["metadata"]["namespace"] = spec.namespace
    database = engine.render(spec)
    if spec.overrides:
        merge_into(database, spec.overrides)
    return Composition(
        before=tuple(placed for placed in objects if not placed.after),
        database=database,
        after=tuple(placed for placed in objects if placed.after),
    )


@dataclass(frozen=True, slots=True)
class Connections:
    """How to connect, with `{namespace}` where the namespace is not known yet."""

    endpoints: Mapping[str, str]
    """`host:port` by purpose."""
    hosts: Mapping[str, str]
    ports: Mapping[str, int]
    uris: Mapping[str, str]
    """Connection URIs without a password by purpose."""
    credentials: str
    """`namespace/secret/key` of the password."""
    ca: str
    """`namespace/secret/key` of the certificate authority."""


NAMESPACE = "{namespace}"


def connections(spec: DatabaseSpec) -> Connections:
    """Endpoints, URIs and references of a database."""
    engine, namespace = ENGINES[spec.engine], spec.namespace or NAMESPACE
    services = engine.endpoints(spec)
    hosts = {purpose: f"{one.service}.{namespace}{engine.host_suffix}" for purpose, one in services.items()}
    ports = {purpose: one.port for purpose, one in services.items()}
    endpoints = {purpose: f"{host}:{ports[purpose]}" for purpose, host in hosts.items()}
    return Connections(
        endpoints=endpoints,
        hosts=hosts,
        ports=ports,
        uris={purpose: engine.uri(spec, purpose, address) for purpose, address in endpoints.items()},
        credentials="/".join((namespace, *engine.credentials(spec))),
        ca="/".join((namespace, *engine.ca(spec))),
    )
