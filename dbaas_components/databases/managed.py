"""`ManagedDatabase`: one database of any engine, from a few words."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force. For the same reason plain `str` instead of
# Literal and Union; the specification checks the words.

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.databases.engine import Engine, ServicePort
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import owned_paths
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.secrets import SecretReference

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec


class ManagedDatabaseArgs(TypedDict):
    """What a database is to be. Only `engine` and `namespace` have no default."""

    engine: str
    """`pxc` (MySQL, Galera), `ps` (MySQL, group replication), `psmdb` (MongoDB) or `pg` (PostgreSQL)."""
    namespace: pulumi.Input[str]
    """Kubernetes namespace, which must exist. The one argument that may come from another resource."""
    name: NotRequired[str]
    """Name of the database in Kubernetes; default: the component's name. Engines limit its length (pxc: 22). For pg it
    also names the database in PostgreSQL and the role that owns it, so `postgres` and its like are refused."""
    version: NotRequired[str]
    """Version series such as `8.4`; default: the newest one that the operator supports."""
    profile: NotRequired[str]
    """`dev` (one replica, unprotected), `standard` (three replicas on three nodes, the default) or `critical` (also
    spread over zones, with larger proxies)."""
    size: NotRequired[str]
    """CPU and memory of each replica: `small` (default), `medium` or `large`."""
    replicas: NotRequired[int]
    """Number of database pods, the writer included; default: the profile's."""
    storage: NotRequired[str]
    """Size of each replica's volume, such as `100Gi`; default: the profile's. It can grow later, never shrink."""
    storage_class: NotRequired[str]
    """StorageClass of the volumes; default: the cluster's own."""
    deletion_protection: NotRequired[bool]
    """Whether deleting and replacing the database is refused; default: true except for profile `dev`."""
    image_registry: NotRequired[str]
    """Registry or mirror that holds the official images, such as `mirror.example.com/docker-hub`; default:
    `docker.io`."""


class DatabaseOutputs(Component):
    """What a database says of itself.

    Apart from `ManagedDatabase`, because the SDK works out the types of a class's own annotations anew for each of its
    resources, which a thousand databases would feel.
    """

    endpoints: pulumi.Output[dict[str, str]]
    """`host:port` by purpose: `write`, `read` (the writer, if there is but one replica), and what else the engine has
    (`direct` for pg: past the pooler)."""
    write_endpoint: pulumi.Output[str]
    """`host:port` that takes writes."""
    host: pulumi.Output[str]
    """Host of the write endpoint."""
    port: pulumi.Output[int]
    """Port of the write endpoint."""
    credentials: pulumi.Output[str]
    """Where the password is: `namespace/secret/key`. For pxc, ps and psmdb the administrator's; for pg that of the role
    that owns the database and bears its name, which is no superuser."""
    ca: pulumi.Output[str]
    """Where the certificate authority is that clients verify the server with: `namespace/secret/key`."""
    name: pulumi.Output[str]
    """Name of the custom resource."""
    namespace: pulumi.Output[str]
    """Namespace of the custom resource and of everything that the operator makes for it."""
    api_version: pulumi.Output[str]
    """API version of the custom resource."""
    kind: pulumi.Output[str]
    """Kind of the custom resource."""


class ManagedDatabase(DatabaseOutputs):
    """A database run by its Percona operator: TLS on, spread over nodes, protected against deletion.

    The operator makes the pods, volumes, users and certificates in the same namespace; the operator and its
    definitions must be there. Secret values never pass through Pulumi: `credentials` and `ca` say where they are.
    """

    def __init__(self, name: str, args: ManagedDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        # Here and not above: pydantic takes a quarter of the time of importing Pulumi, and tools that only describe
        # this component never need it.
        from dbaas_components.databases.spec import parse_database

        spec = parse_database(name, args)
        engine = ENGINES[spec.engine]
        namespace = spec.namespace or args["namespace"]
        self.begin(name, opts)
        manifest = engine.render(spec)
        manifest["metadata"]["namespace"] = namespace
        database = KubernetesObject(
            self.child_name("database"),
            manifest,
            self.child_options(
                # Deleting the custom resource takes the database down, replacing it starts an empty one.
                protect=spec.deletion_protection,
                # The operator's own writes would otherwise be taken back with every update.
                ignore_changes=owned_paths(spec.engine, _features(spec)) or None,
            ),
        )
        self.publish(database, **_outputs(spec, engine, namespace))


def _features(_spec: "DatabaseSpec") -> tuple[str, ...]:
    """Features in use that hand fields over to the operator: none so far, upgrades and autoscaling are off."""
    return ()


def _outputs(spec: "DatabaseSpec", engine: Engine, namespace: pulumi.Input[str]) -> Mapping[str, Any]:
    services = dict(engine.endpoints(spec.name))
    if spec.replicas == 1:
        # There is no replica to read from, and what would lead to replicas leads nowhere.
        services["read"] = services["write"]
    endpoints = {purpose: _endpoint(engine, service, namespace) for purpose, service in services.items()}
    return {
        "endpoints": endpoints,
        "write_endpoint": endpoints["write"],
        "host": _host(engine, services["write"], namespace),
        "port": services["write"].port,
        "credentials": _reference(namespace, *engine.credentials(spec.name)),
        "ca": _reference(namespace, *engine.ca(spec.name)),
        "name": spec.name,
        "namespace": namespace,
        "api_version": engine.api_version,
        "kind": engine.kind,
    }


def _host(engine: Engine, service: ServicePort, namespace: pulumi.Input[str]) -> pulumi.Input[str]:
    return _joined(f"{service.service}.", namespace, engine.host_suffix)


def _endpoint(engine: Engine, service: ServicePort, namespace: pulumi.Input[str]) -> pulumi.Input[str]:
    return _joined(f"{service.service}.", namespace, f"{engine.host_suffix}:{service.port}")


def _reference(namespace: pulumi.Input[str], name: str, key: str) -> pulumi.Input[str]:
    if isinstance(namespace, str):
        return str(SecretReference(namespace, name, key))
    return pulumi.Output.from_input(namespace).apply(lambda known: str(SecretReference(known, name, key)))


def _joined(before: str, namespace: pulumi.Input[str], after: str) -> pulumi.Input[str]:
    """Text around the namespace: plain where that is plain, since an output costs futures for nothing."""
    if isinstance(namespace, str):
        return f"{before}{namespace}{after}"
    return pulumi.Output.concat(before, namespace, after)
