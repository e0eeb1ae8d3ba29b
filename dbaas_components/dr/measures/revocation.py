"""The keys of the archive taken from a site that is shut down: its custom resource names a Secret that opens nothing.

The bucket's own Secret stays as it is: other databases may share it, External Secrets would write it anew, and a
restore into the site names it. So this is no revocation in the cloud: whoever has the keys may write on. What it keeps
from the archive is the site itself, started by mistake.

Fields of the operators pg 3.0, pxc 1.20, ps 1.2, psmdb 1.22. Pure but for `revoke` and `give_back`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.dr.failover.cluster import FIELD_MANAGER
from dbaas_components.dr.failover.site import REVOKED as NOTE
from dbaas_components.dr.failover.site import Reading, Site, part, put, value_at
from dbaas_components.dr.measures.archive import BUCKETS
from dbaas_components.dr.measures.measured import REVOKED, Measured, State
from dbaas_components.labels import platform_labels

_VOID: Final = "revoked"
_GOOGLE_KEY: Final = "/etc/pgbackrest/conf.d/gcs-key.json"
_REPOSITORIES: Final = range(1, 5)
# pgBackRest's ways to keys of where the pod runs, and what makes it take those of its files.
_KEYLESS: Final = {"s3": "shared", "gcs": "service", "azure": "shared"}
_OWN: Final = ("shared", "service", "token")


def secret_name(topology: str, region: str) -> str:
    """Name of the Secret that opens nothing; the agent's rights are bound to it."""
    return f"dbaas-dr-{topology}-{region}-revoked"


def void_secret(topology: str, region: str, namespace: str) -> dict[str, Any]:
    """The Secret that opens nothing. It has every key that an operator reads, so that none fails over one it misses."""
    options = {
        "s3.conf": ("s3-key", "s3-key-secret"),
        "azure.conf": ("azure-account", "azure-key"),
    }
    files = {
        file: "\n".join(
            ["[global]", *(f"repo{number}-{option}={_VOID}" for number in _REPOSITORIES for option in names), ""]
        )
        for file, names in options.items()
    }
    keys = (
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
        *("GCS_CLIENT_EMAIL", "GCS_PRIVATE_KEY", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"),
    )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": secret_name(topology, region), "namespace": namespace, "labels": platform_labels()},
        "stringData": {**dict.fromkeys(keys, _VOID), **files, "gcs-key.json": "{}"},
    }


def closed_fields(engine: str, spec: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Paths and values by which a custom resource has no keys of any bucket; none where it writes to no bucket."""
    return dict(_of_pg(spec, secret) if engine == "pg" else _of_storages(spec, secret))


def _of_pg(spec: Mapping[str, Any], secret: str) -> Iterator[tuple[str, Any]]:
    archive = part(part(spec, "backups"), "pgbackrest")
    repositories = cast("list[Mapping[str, Any]]", archive.get("repos") or [])
    kinds = {str(one.get("name")): kind for one in repositories for kind in BUCKETS if kind in one}
    if not kinds:
        return
    files = cast("list[Mapping[str, Any]]", archive.get("configuration") or [])
    kept = [one for one in files if not _brings_keys(one)]
    yield "spec.backups.pgbackrest.configuration", [*kept, {"secret": {"name": secret}}]
    options = part(archive, "global")
    for repository, kind in kinds.items():
        keys = f"{repository}-{kind}-key-type"
        if keys in options and (options[keys] not in _OWN or options[keys] == _KEYLESS[kind]):
            yield f'spec.backups.pgbackrest.global["{keys}"]', _KEYLESS[kind]
            if kind == "gcs":
                yield f'spec.backups.pgbackrest.global["{repository}-gcs-key"]', _GOOGLE_KEY


def _brings_keys(projection: Mapping[str, Any]) -> bool:
    """Whether files of a Secret are more than an authority's certificate."""
    if "secret" not in projection:
        return False
    items = cast("list[Mapping[str, Any]]", part(projection, "secret").get("items") or [])
    return not items or any(not str(one.get("path", "")).endswith((".crt", ".pem")) for one in items)


def _of_storages(spec: Mapping[str, Any], secret: str) -> Iterator[tuple[str, Any]]:
    backup = part(spec, "backup")
    for name, storage in cast("Mapping[str, Mapping[str, Any]]", part(backup, "storages")).items():
        for kind in BUCKETS:
            if kind in storage:
                yield f'spec.backup.storages["{name}"].{kind}.credentialsSecret', secret
    # ps has a place of its own for binary logs.
    if part(part(part(part(backup, "pitr"), "binlogServer"), "storage"), "s3"):
        yield "spec.backup.pitr.binlogServer.storage.s3.credentialsSecret", secret


def revocation(site: Site, reading: Reading, topology: str) -> Measured:
    """Whether the custom resource has keys of a bucket."""
    wanted = closed_fields(site.engine, reading.spec, secret_name(topology, site.region))
    if not wanted:
        return Measured(REVOKED, State.NOT_POSSIBLE, "the site writes to no bucket", site.place)
    found = {path: value_at(reading.spec, path) for path in wanted}
    state = State.IN_FORCE if found == wanted else State.NOT_IN_FORCE
    return Measured(REVOKED, state, json.dumps(found, sort_keys=True), site.place)


def revoke(site: Site, reading: Reading, topology: str) -> bool:
    """Takes the keys from a site, over the version that was read, and notes what stood there; whether it had to.

    Raises `Conflict` where it is another version now, `ClusterUnreachable` and `ClusterRefused`.
    """
    wanted = closed_fields(site.engine, reading.spec, secret_name(topology, site.region))
    opened = {path: value for path, value in wanted.items() if value_at(reading.spec, path) != value}
    if not opened:
        return False
    # First: an operator that finds no Secret of that name would report an error and not a shutdown.
    manifest = void_secret(topology, site.region, site.namespace)
    site.cluster.apply(site.core("secrets", manifest["metadata"]["name"]), manifest)
    # A program may have written its own name again since; what was noted of other fields stays.
    noted = {**_noted(reading), **{path: [value_at(reading.spec, path), value] for path, value in opened.items()}}
    _merge(site, reading, json.dumps(noted, sort_keys=True), opened)
    return True


def give_back(site: Site, reading: Reading) -> bool:
    """Gives the keys back that `revoke` took, where nobody wrote others since; whether anything was written.

    Raises as `revoke` does. Whoever opens a site or lets it follow does this before.
    """
    if not reading.revoked:
        return False
    back = {path: was for path, (was, now) in _noted(reading).items() if value_at(reading.spec, path) == now}
    # The note goes last: whoever dies in between finds it, and goes on.
    if back:
        _merge(site, reading, reading.revoked, back)
    _disown(site)
    return True


def _disown(site: Site) -> None:
    """Takes the note away, and leaves the fields to whoever applies them next: as ours, a program that names another
    Secret later would be refused. What we own by a patch is these fields alone; orders are applied."""
    metadata = part(site.cluster.get(site.path()) or {}, "metadata")
    entries = cast("list[Mapping[str, Any]]", metadata.get("managedFields") or [])
    kept = [one for one in entries if not _is_patch_of_ours(one)]
    body = {"resourceVersion": metadata.get("resourceVersion"), "annotations": {NOTE: None}, "managedFields": kept}
    site.cluster.merge(site.path(), {"metadata": body})


def _is_patch_of_ours(entry: Mapping[str, Any]) -> bool:
    ours = entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Update"
    return ours and not entry.get("subresource")


def _noted(reading: Reading) -> dict[str, list[Any]]:
    return cast("dict[str, list[Any]]", json.loads(reading.revoked)) if reading.revoked else {}


def _merge(site: Site, reading: Reading, note: str, fields: Mapping[str, Any]) -> None:
    body: dict[str, Any] = {"metadata": {"resourceVersion": reading.version, "annotations": {NOTE: note}}}
    for path, value in fields.items():
        put(body, path, value)
    site.cluster.merge(site.path(), body)
