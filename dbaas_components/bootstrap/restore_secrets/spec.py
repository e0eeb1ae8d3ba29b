"""What `RestoreSecrets` and `RestoredSecrets` are asked for, and what each makes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator

from dbaas_components.bootstrap.fields import Form
from dbaas_components.bootstrap.restore_secrets.secrets import NeededSecret, needed_secrets
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.databases.spec.part import Duration, LabelName, Part, go_duration
from dbaas_components.databases.spec.security import Store
from dbaas_components.errors import Problem, SpecError
from dbaas_components.labels import OWNER, TENANT
from dbaas_components.ownership import Ownership

StorePath = Annotated[
    str,
    Form(
        r"[A-Za-z0-9]([-_./A-Za-z0-9]*[A-Za-z0-9])?",
        "a path in a store; use letters, digits, hyphens, underscores, dots and slashes within, such as restore/eu",
    ),
]
"""A path in a store, without a slash around."""
DEFAULT_PREFIX: Final = "restore"
_OBJECT: Final = 253


def _some(databases: dict[str, Any]) -> dict[str, Any]:
    if not databases:
        raise ValueError("is empty; write at least one database, by its name")
    return databases


Databases = Annotated[dict[LabelName, dict[str, Any]], AfterValidator(_some)]
"""Name to the arguments of a `ManagedDatabase`."""


class RestoreSecretsSpec(Part):
    """The arguments of `RestoreSecrets`, checked."""

    ownership: Ownership
    store: Store
    databases: Databases
    prefix: StorePath = DEFAULT_PREFIX
    refresh: Duration = "1h"


class RestoredSecretsSpec(Part):
    """The arguments of `RestoredSecrets`, checked."""

    ownership: Ownership
    store: Store
    databases: Databases
    sources: dict[LabelName, StorePath] = {}
    prefix: StorePath = DEFAULT_PREFIX


def parse_needing(subject: str, given: Mapping[str, Any]) -> dict[str, DatabaseSpec]:
    """The databases, each with its namespace. Raises `SpecError` with every problem of every one."""
    found: dict[str, DatabaseSpec] = {}
    problems: list[Problem] = []
    for name, args in given.items():
        try:
            found[name] = parse_database(name, _lists(args))
        except SpecError as error:
            problems += [Problem(f"databases.{name}.{one.path}", one.message) for one in error.problems]
        else:
            if not found[name].namespace:
                problems.append(Problem(f"databases.{name}.namespace", "is needed here; write where its Secrets are"))
    if problems:
        raise SpecError(subject, problems)
    return found


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in cast("Mapping[str, Any]", value).items()}
    return [_lists(item) for item in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


def pushes(
    spec: RestoreSecretsSpec, databases: Mapping[str, DatabaseSpec]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Database, path in the store and PushSecret of each Secret.

    The whole Secret goes, whatever keys the operator adds to it. A path that somebody else writes is refused by
    External Secrets, and what was pushed stays when the database or this goes: the backup is still there.
    """
    for name, database in databases.items():
        for needed in needed_secrets(database):
            path = f"{spec.prefix}/{database.namespace}/{database.name}/{needed.role}"
            manifest = {
                "apiVersion": "external-secrets.io/v1alpha1",
                "kind": "PushSecret",
                "metadata": _metadata(spec.ownership, database, needed, "kept"),
                "spec": {
                    "refreshInterval": go_duration(spec.refresh),
                    "updatePolicy": "Replace",
                    "deletionPolicy": "None",
                    "secretStoreRefs": [{"name": spec.store.name, "kind": spec.store.kind}],
                    "selector": {"secret": {"name": needed.secret}},
                    "data": [{"match": {"remoteRef": {"remoteKey": path}}}],
                },
            }
            yield name, path, manifest


def pulls(
    spec: RestoredSecretsSpec, databases: Mapping[str, DatabaseSpec]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Database, path in the store and ExternalSecret of each Secret, under the name that the new database reads.

    Fetched once: a password that is changed here later must not be taken back.
    """
    for name, database in databases.items():
        source = spec.sources.get(name, f"{database.namespace}/{database.name}")
        for needed in needed_secrets(database):
            path = f"{spec.prefix}/{source}/{needed.role}"
            what: dict[str, Any] = (
                {"data": [{"secretKey": key, "remoteRef": {"key": path, "property": key}} for key in needed.keys]}
                if needed.keys
                else {"dataFrom": [{"extract": {"key": path}}]}
            )
            manifest = {
                "apiVersion": "external-secrets.io/v1",
                "kind": "ExternalSecret",
                "metadata": {
                    **_metadata(spec.ownership, database, needed, "restored"),
                    "annotations": {"pulumi.com/waitFor": "condition=Ready"},
                },
                "spec": {
                    "refreshPolicy": "CreatedOnce",
                    "secretStoreRef": {"name": spec.store.name, "kind": spec.store.kind},
                    # The operator adds its own keys, and the Secret must outlive this object.
                    "target": {"name": needed.secret, "creationPolicy": "Orphan", "deletionPolicy": "Retain"},
                    **what,
                },
            }
            yield name, path, manifest


def _metadata(ownership: Ownership, database: DatabaseSpec, needed: NeededSecret, suffix: str) -> dict[str, Any]:
    labels = ownership.labels(component="restore-secrets", instance=database.name)
    theirs = {TENANT: database.tenant, OWNER: database.owner}
    labels |= {key: value for key, value in theirs.items() if value}
    name = f"{needed.secret[: _OBJECT - len(suffix) - 1]}-{suffix}"
    return {"name": name, "namespace": database.namespace, "labels": labels}
