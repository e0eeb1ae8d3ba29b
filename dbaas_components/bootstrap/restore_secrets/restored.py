"""`RestoredSecrets`: Secrets brought back from a store, before the database that is restored with them."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.restore_secrets.spec import RestoredSecretsSpec, parse_needing, pulls
from dbaas_components.errors import Problem, SpecError, one_of
from dbaas_components.kubernetes_objects import KubernetesObject


class RestoredSecretsArgs(TypedDict):
    """Arguments of `RestoredSecrets`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    store: Mapping[str, str]
    """`name` and `kind` (default `ClusterSecretStore`) of the store that `RestoreSecrets` wrote to."""
    databases: Mapping[str, Mapping[str, Any]]
    """Name to the arguments of the new `ManagedDatabase`, with `namespace`."""
    sources: NotRequired[Mapping[str, str]]
    """Name of a database to `<namespace>/<name>` of the one that the backup is of; default: its own."""
    prefix: NotRequired[str]
    """The prefix that `RestoreSecrets` had; default `restore`."""


class RestoredSecrets(Component):
    """Makes the Secrets that a restored database needs before it is made, once, from where `RestoreSecrets` kept them.

    Depend on `gates(database)` with the `ManagedDatabase` that has the `data_source`.
    """

    secrets: pulumi.Output[dict[str, list[str]]]
    """Database to the Secrets that are there."""

    def __init__(self, name: str, args: RestoredSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        subject = f'restored secrets "{name}"'
        spec = parse_arguments(RestoredSecretsSpec, subject, args)
        databases = parse_needing(subject, spec.databases)
        unknown = [
            Problem(f"sources.{one}", f"is none of databases; {one_of(one, databases)}")
            for one in spec.sources
            if one not in databases
        ]
        if unknown:
            raise SpecError(subject, unknown)
        self.begin(name, opts)
        self._made: dict[str, list[KubernetesObject]] = {}
        secrets: dict[str, list[str]] = {}
        for database, _, manifest in pulls(spec, databases):
            secret = manifest["spec"]["target"]["name"]
            made = KubernetesObject(self.child_name(f"{database}-{secret}"), manifest, self.child_options())
            self._made.setdefault(database, []).append(made)
            secrets.setdefault(database, []).append(secret)
        self.publish(*(one for made in self._made.values() for one in made), secrets=secrets)

    def gates(self, database: str) -> list[KubernetesObject]:
        """What the database of this name has to depend on. Raises `KeyError` for one that was not named."""
        return self._made[database]
