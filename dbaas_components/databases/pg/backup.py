"""pgBackRest: repositories, retention, schedules, and the backup that a new database starts from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dbaas_components.databases.custom_resources import pg as cr
from dbaas_components.databases.custom_resources.common import Affinity, Resources
from dbaas_components.databases.pg import names
from dbaas_components.databases.pg.pods import affinity, nodes
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.backup import BackupStorage, DataSource
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.databases.spec.placement import Pods
from dbaas_components.databases.spec.places import bucket_prefix, first_storage

# pgBackRest's words for getting credentials from where the pod runs.
KEYLESS: Final = {"s3": ("s3-key-type", "web-id"), "gcs": ("gcs-key-type", "auto")}


def backups(spec: DatabaseSpec) -> cr.Backups:
    """Repositories and everything that is done with them."""
    repositories = names.repositories(spec)
    options: dict[str, str] = {}
    for name, repository in repositories.items():
        storage = spec.backup.storages[name]
        if storage.type != "volume":
            options |= bucket_options(repository, storage, bucket_prefix(spec, storage))
        options |= _retention(spec, name, repository)
    resources = pods.resources(spec.backup.resources)
    jobs = cr.Jobs(resources=resources, backoff_limit=spec.backup.retries)
    return cr.Backups(
        enabled=True,
        pgbackrest=cr.PgBackRest(
            image=shared.image_of(spec, "backup"),
            configuration=_configuration(spec, repositories),
            options=options or None,
            jobs=jobs if jobs.says_something() else None,
            repo_host=_repository_host(spec, resources),
            repos=[_repository(spec, name, repository) for name, repository in repositories.items()],
        ),
    )


def _repository_host(spec: DatabaseSpec, resources: Resources | None) -> cr.RepoHost | None:
    """A single pod: there is nothing that it must be apart from, only what it had better be."""
    if spec.spread.nodes != "preferred":
        return cr.RepoHost(resources=resources) if resources else None
    found = affinity(spec, Pods(), {f"{names.LABELS}/data": "pgbackrest"})
    return cr.RepoHost(resources=resources, affinity=_loose(found) if found else None)


def _loose(given: Affinity) -> cr.LooseAffinity:
    """Node and wish alone: the rest of it is for pods that have others of their kind."""
    apart = given.pod_anti_affinity
    wishes = (apart and apart.preferred_during_scheduling_ignored_during_execution) or []
    return cr.LooseAffinity(
        node_affinity=given.node_affinity,
        pod_anti_affinity=cr.LooseAntiAffinity(preferred_during_scheduling_ignored_during_execution=wishes),
    )


def bucket_options(repository: str, storage: BackupStorage, path: str) -> dict[str, str]:
    """How pgBackRest reaches a bucket, beside what the repository itself says: options of its configuration file."""
    kind = storage.type
    found: dict[str, str | None] = {
        "path": f"/{path.strip('/')}",
        f"{kind}-uri-style": "path" if storage.path_style else None,
        "storage-verify-tls": None if storage.verify_tls else "n",
        "storage-ca-file": f"{names.CONFIGURATION_FOLDER}/{authority_file(repository)}" if storage.authority else None,
        "s3-kms-key-id": storage.encryption_key,
    }
    if kind != "s3" and storage.endpoint:
        found[f"{kind}-endpoint"] = host_of(storage.endpoint)
    if storage.credentials is None and kind in KEYLESS:
        key, value = KEYLESS[kind]
        found[key] = value
    if storage.credentials and kind == "gcs":
        found["gcs-key"] = f"{names.CONFIGURATION_FOLDER}/{names.GOOGLE_KEY}"
    return {f"{repository}-{key}": value for key, value in found.items() if value is not None}


def host_of(endpoint: str) -> str:
    """`host:port` of an address; pgBackRest speaks TLS to it in any case."""
    return endpoint.partition("://")[2].rstrip("/")


def authority_file(repository: str) -> str:
    """Name of the file with the authority of a repository's service."""
    return f"{repository}-ca.crt"


def _retention(spec: DatabaseSpec, storage: str, repository: str) -> dict[str, str]:
    """How many backups a repository keeps. It holds for the repository, also while a schedule does not run."""
    found: dict[str, str] = {}
    for schedule in spec.backup.schedules:
        if (schedule.storage or first_storage(spec)) != storage:
            continue
        if schedule.type == "full" and schedule.keep is not None:
            found |= {f"{repository}-retention-full": str(schedule.keep), f"{repository}-retention-full-type": "count"}
        elif schedule.type == "full" and schedule.retention:
            days = duration_of(schedule.retention).days
            found |= {f"{repository}-retention-full": str(days), f"{repository}-retention-full-type": "time"}
        elif schedule.type == "differential" and schedule.keep is not None:
            found[f"{repository}-retention-diff"] = str(schedule.keep)
    return found


def _configuration(spec: DatabaseSpec, repositories: dict[str, str]) -> list[cr.Projection] | None:
    """The Secrets with keys of buckets, each once, and the authorities of their certificates, as files."""
    storages = {repository: spec.backup.storages[name] for name, repository in repositories.items()}
    secrets = dict.fromkeys(storage.credentials for storage in storages.values() if storage.credentials)
    found = [cr.SecretProjection(name=name) for name in secrets]
    for repository, storage in storages.items():
        if storage.authority:
            item = cr.KeyPath(key=storage.authority.key, path=authority_file(repository))
            found.append(cr.SecretProjection(name=storage.authority.secret, items=[item]))
    return [cr.Projection(secret=secret) for secret in found] or None


def _repository(spec: DatabaseSpec, name: str, repository: str) -> cr.Repository:
    times = {
        schedule.type: schedule.cron
        for schedule in spec.backup.schedules
        if schedule.enabled and (schedule.storage or first_storage(spec)) == name
    }
    storage = spec.backup.storages[name]
    return cr.Repository(name=repository, schedules=cr.Schedules(**times) if times else None, **_place(spec, storage))


def _place(spec: DatabaseSpec, storage: BackupStorage) -> dict[str, Any]:
    if storage.type == "volume":
        # On storage of the data's kind, unless it names another.
        own = {"storage_class": storage.storage_class} if storage.storage_class else {}
        claim = shared.volume_claim(spec, spec.storage.model_copy(update=own), storage.size)
        return {"volume": cr.RepositoryVolume(volume_claim_spec=claim)}
    bucket = storage.bucket or ""
    if storage.type == "gcs":
        return {"gcs": cr.Gcs(bucket=bucket)}
    if storage.type == "azure":
        return {"azure": cr.Azure(container=bucket)}
    region = storage.region or ""
    endpoint = host_of(storage.endpoint) if storage.endpoint else amazon_host(region)
    return {"s3": cr.S3(bucket=bucket, endpoint=endpoint, region=region)}


def amazon_host(region: str) -> str:
    """Host of Amazon's own service in a region."""
    return f"s3.{region}.amazonaws.com"


def data_source(spec: DatabaseSpec) -> cr.DataSource | None:
    """The repository of another database, read once when the instances are new."""
    source = spec.data_source
    if source is None:
        return None
    storage, repository = spec.backup.storages[source.storage], names.repositories(spec)[source.storage]
    return cr.DataSource(
        pgbackrest=cr.RestoredFrom(
            stanza=names.STANZA,
            configuration=_configuration(spec, {source.storage: repository}),
            # The number of the storage: the keys in its Secret bear it.
            settings=bucket_options(repository, storage, source.path),
            options=_recovery(source),
            repo=cr.Bucket(name=repository, **_place(spec, storage)),
            # The Job fills the first instance's volume, and so must be able to run where an instance can.
            affinity=nodes(spec, spec.pods),
            tolerations=pods.tolerations(spec.pods),
            priority_class_name=spec.pods.priority,
            resources=pods.resources(spec.backup.resources),
        )
    )


def _recovery(source: DataSource) -> list[str] | None:
    """pgBackRest's options for where to begin and how far to go. The operator adds what to do there: promote.

    The operator puts them into a line of a shell, so what stands in them is checked to the letter beforehand.
    """
    begin = [f"--set={source.backup}"] if source.backup else []
    if source.lsn:
        return [*begin, "--type=lsn", f'--target="{source.lsn}"']
    if source.at == "latest":
        return begin or None
    if source.at:
        return [*begin, "--type=time", f'--target="{target_of(datetime.fromisoformat(source.at))}"']
    return [*begin, "--type=immediate"]


def target_of(moment: datetime) -> str:
    """A moment as pgBackRest reads it: `2026-11-20 03:00:00+00:00`."""
    return moment.isoformat(sep=" ", timespec="milliseconds" if moment.microsecond else "seconds")
