"""`RestoreSecrets`: what a restore needs beside the backup, kept in a store."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.restore_secrets.spec import RestoreSecretsSpec, parse_needing, pushes
from dbaas_components.kubernetes_objects import KubernetesObject


class RestoreSecretsArgs(TypedDict):
    """Arguments of `RestoreSecrets`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    store: Mapping[str, str]
    """`name` and `kind` (default `ClusterSecretStore`) of a store that may be written: best one in another region than
    the database, as its backups are."""
    databases: Mapping[str, Mapping[str, Any]]
    """Name to the arguments of a `ManagedDatabase`, with `namespace`."""
    prefix: NotRequired[str]
    """Path in the store below which each database has `<namespace>/<name>/<role>`; default `restore`."""
    refresh: NotRequired[str]
    """How often a changed value is written; default `1h`."""


class RestoreSecrets(Component):
    """Keeps the Secrets of system users, users, encryption and bucket access of databases in a store.

    By PushSecrets of External Secrets 2.9.0: no value passes through Pulumi. What is in the store stays when the
    database or this component goes. Certificates are not among them: a restored database gets new ones.
    """

    paths: pulumi.Output[dict[str, dict[str, str]]]
    """Database to Secret to its path in the store."""

    def __init__(self, name: str, args: RestoreSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        subject = f'restore secrets "{name}"'
        spec = parse_arguments(RestoreSecretsSpec, subject, args)
        databases = parse_needing(subject, spec.databases)
        self.begin(name, opts)
        paths: dict[str, dict[str, str]] = {}
        for database, path, manifest in pushes(spec, databases):
            secret = manifest["spec"]["selector"]["secret"]["name"]
            KubernetesObject(self.child_name(f"{database}-{secret}"), manifest, self.child_options())
            paths.setdefault(database, {})[secret] = path
        self.publish(paths=paths)
