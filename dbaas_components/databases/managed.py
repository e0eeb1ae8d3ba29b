"""`ManagedDatabase`: one database of any engine, from a few words."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from dbaas_components.base import Component
from dbaas_components.databases.arguments import ManagedDatabaseArgs
from dbaas_components.databases.change_hooks import (
    component_inputs,
    guard_binding,
    guarded_options,
    restore_binding,
)
from dbaas_components.databases.engine import Engine, Placed
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import owned_paths
from dbaas_components.databases.registered import tell_registered
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.registration import quicken_registration

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec


class DatabaseOutputs(Component):
    """What a database says of itself.

    Apart from `ManagedDatabase`, because the SDK works out the types of a class's own annotations anew for each of its
    resources, which a thousand databases would feel.
    """

    endpoints: pulumi.Output[dict[str, str]]
    """`host:port` by purpose: `write`, `read` (the writer, if there is but one replica), `admin` (past the proxy or
    pooler, for a session of one's own) and `internal` (the members, for what has to see each of them)."""
    ports: pulumi.Output[dict[str, int]]
    """Port by purpose."""
    uris: pulumi.Output[dict[str, str]]
    """Connection URI by purpose, with the user of `credentials` and without the password."""
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
        # First of all, so that the collector does not walk through all that the first database loads.
        quicken_registration()
        # Here and not above: pydantic takes a quarter of the time of importing Pulumi, and tools that only describe
        # this component never need it.
        from dbaas_components.databases.composition import compose
        from dbaas_components.databases.spec import parse_database

        spec = parse_database(name, args)
        tell_registered(name, args, spec)
        engine = ENGINES[spec.engine]
        namespace = spec.namespace or args["namespace"]
        import_id = _import_id(spec)
        self.begin(name, guarded_options(opts), component_inputs(spec.engine, name=spec.name, namespace=namespace))
        self._take_places(name, namespace, spec)
        composition = compose(spec)
        before = [self._place(one, namespace, []) for one in composition.before]
        manifest = composition.database
        manifest["metadata"]["namespace"] = namespace
        database = KubernetesObject(
            self.child_name("database"),
            manifest,
            self.child_options(
                depends_on=before or None,
                # Only the leaf can be imported. Once it is in the state, the engine leaves this out of account.
                import_=import_id,
                # Deleting the custom resource takes the database down, replacing it starts an empty one.
                protect=spec.deletion_protection,
                # An update can lose data as well: a smaller volume, a shard less, an older server.
                hooks=guard_binding(restored=any(one.restores for one in composition.after)),
                # The operator's own writes would otherwise be taken back with every update.
                ignore_changes=owned_paths(spec.engine, {*engine.features(spec), *spec.maintenance.handed_over})
                or None,
            ),
        )
        overwrites = spec.data_source is not None and spec.data_source.overwrite == spec.name
        after = [
            self._place(one, namespace, [database], restore_binding() if one.restores and not overwrites else None)
            for one in composition.after
        ]
        self.publish(*before, database, *after, **_outputs(spec, engine, namespace))

    def _take_places(self, name: str, namespace: pulumi.Input[str], spec: "DatabaseSpec") -> None:
        from dbaas_components.databases.places_taken import take_bucket_path, take_place
        from dbaas_components.errors import Problem, SpecError

        engine, taken = ENGINES[spec.engine], dict[str, str | None]()
        if isinstance(namespace, str):
            provider = self.get_provider(f"kubernetes:{engine.api_version}:{engine.kind}")
            taken["name"] = take_place(name, provider, namespace, spec.name)
        for key, storage in spec.backup.storages.items():
            taken[f"backup.storages.{key}.prefix"] = take_bucket_path(name, spec, storage)
        problems = [Problem(path, problem) for path, problem in taken.items() if problem]
        if problems:
            raise SpecError(f'database "{spec.name}"', problems)

    def _place(
        self,
        placed: Placed,
        namespace: pulumi.Input[str],
        behind: Sequence[pulumi.Resource],
        hooks: pulumi.ResourceHookBinding | None = None,
    ) -> KubernetesObject:
        placed.manifest["metadata"]["namespace"] = namespace
        options = self.child_options(depends_on=list(behind) or None, hooks=hooks)
        return KubernetesObject(self.child_name(placed.role), placed.manifest, options)


def _import_id(spec: "DatabaseSpec") -> str | None:
    if not spec.adopt:
        return None
    if not spec.namespace:
        from dbaas_components.errors import Problem, SpecError

        message = "is an output of another resource, and what is adopted has to be found before; write a plain value"
        raise SpecError(f'database "{spec.name}"', [Problem("namespace", message)])
    return f"{spec.namespace}/{spec.name}"


def _outputs(spec: "DatabaseSpec", engine: Engine, namespace: pulumi.Input[str]) -> Mapping[str, Any]:
    from dbaas_components.databases.composition import NAMESPACE, connections

    found = connections(spec)

    def known(text: str) -> pulumi.Input[str]:
        # Plain where it can be: an output costs futures for nothing.
        if isinstance(namespace, str):
            return text
        return pulumi.Output.from_input(namespace).apply(lambda name: text.replace(NAMESPACE, name))

    endpoints = {purpose: known(address) for purpose, address in found.endpoints.items()}
    return {
        "endpoints": endpoints,
        "ports": dict(found.ports),
        "uris": {purpose: known(uri) for purpose, uri in found.uris.items()},
        "write_endpoint": endpoints["write"],
        "host": known(found.hosts["write"]),
        "port": found.ports["write"],
        "credentials": known(found.credentials),
        "ca": known(found.ca),
        "name": spec.name,
        "namespace": namespace,
        "api_version": engine.api_version,
        "kind": engine.kind,
    }
