"""Backups of a running custom resource: repositories, retention, schedules, and the backup it started from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dbaas_components.databases.adoption_reading import Fields, first, given, items, mapping, number, part, text, texts
from dbaas_components.databases.pg import names
from dbaas_components.databases.pg.adopt_pods import resources
from dbaas_components.databases.pg.backup import KEYLESS, amazon_host, authority_file, target_of

_BUCKETS: Final = {"s3": "bucket", "gcs": "bucket", "azure": "container"}
_TYPES: Final = ("full", "differential", "incremental")
# A schedule that does not run still says how many backups are kept.
_NEVER: Final = "0 0 1 1 *"


def backup(spec: Fields) -> dict[str, Any]:
    """Storages, schedules and the rest, in the words of a specification; empty where backups are off."""
    if part(spec, "backups").get("enabled") is False:
        return {}
    pgbackrest = part(spec, "backups", "pgbackrest")
    repos = [repo for repo in items(pgbackrest, "repos") if text(repo, "name")]
    jobs = part(pgbackrest, "jobs")
    return given(
        storages=_storages(repos, pgbackrest),
        service_account_annotations=mapping(part(spec, "metadata"), "annotations"),
        resources=resources(jobs) or resources(part(pgbackrest, "repoHost")),
        retries=number(jobs, "backoffLimit"),
    ) | ({"schedules": _schedules(repos, mapping(pgbackrest, "global"))} if repos else {})


def _storages(repos: list[Fields], pgbackrest: Fields) -> dict[str, dict[str, Any]]:
    options, projections = (
        mapping(pgbackrest, "global"),
        [part(one, "secret") for one in items(pgbackrest, "configuration")],
    )
    found: dict[str, dict[str, Any]] = {}
    with_keys: list[str] = []
    for repo in repos:
        name = text(repo, "name") or ""
        if "volume" in repo:
            claim = part(repo, "volume", "volumeClaimSpec")
            found[name] = given(
                type="volume",
                size=text(part(claim, "resources", "requests"), "storage"),
                storage_class=text(claim, "storageClassName"),
            )
            continue
        kind = next((kind for kind in _BUCKETS if kind in repo), None)
        if kind is None:
            continue
        found[name] = _bucket(name, kind, part(repo, kind), options, projections)
        key, value = KEYLESS.get(kind, ("", ""))
        if options.get(f"{name}-{key}") != value:
            with_keys.append(name)
    # Which Secret is for which repository stands in the Secrets alone; all of them are read together in any case.
    secrets = [secret for one in projections if not one.get("items") and (secret := text(one, "name"))]
    for index, name in enumerate(with_keys):
        if secrets:
            found[name]["credentials"] = secrets[min(index, len(secrets) - 1)]
    return found


def _bucket(name: str, kind: str, bucket: Fields, options: dict[str, str], projections: list[Fields]) -> dict[str, Any]:
    region = text(bucket, "region")
    host = text(bucket, "endpoint") if kind == "s3" else options.get(f"{name}-{kind}-endpoint")
    at_home = kind == "s3" and host == amazon_host(region or "")
    return given(
        type=kind,
        bucket=text(bucket, _BUCKETS[kind]),
        region=region,
        endpoint=f"https://{host.partition('://')[2] or host}" if host and not at_home else None,
        # The operator's own path, where none is given.
        prefix=options.get(f"{name}-path", f"/pgbackrest/{name}").strip("/"),
        path_style=options.get(f"{name}-{kind}-uri-style") == "path" or None,
        verify_tls=False if options.get(f"{name}-storage-verify-tls") == "n" else None,
        authority=_authority(name, options, projections),
        encryption_key=options.get(f"{name}-s3-kms-key-id"),
    )


def _authority(name: str, options: dict[str, str], projections: list[Fields]) -> dict[str, Any]:
    file = authority_file(name)
    if options.get(f"{name}-storage-ca-file") != f"{names.CONFIGURATION_FOLDER}/{file}":
        return {}
    for projection in projections:
        for item in items(projection, "items"):
            if text(item, "path") == file:
                return given(secret=text(projection, "name"), key=text(item, "key"))
    return {}


def _schedules(repos: list[Fields], options: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for repo in repos:
        name, times = text(repo, "name") or "", part(repo, "schedules")
        kept = {"full": _kept(name, options), "differential": _count(f"{name}-retention-diff", options)}
        # What builds on a full backup that is made by hand has no words.
        runs = [kind for kind in _TYPES if text(times, kind)] if text(times, "full") else []
        for kind in _TYPES:
            if kind in runs:
                schedule = {"cron": text(times, kind), **kept.get(kind, {})}
            elif kept.get(kind) and (kind == "full" or "full" in runs):
                schedule = {"cron": _NEVER, "enabled": False, **kept[kind]}
            else:
                continue
            found.append({"name": f"{name}-{kind}", "storage": name, "type": kind, **schedule})
    return found


def _kept(name: str, options: dict[str, str]) -> dict[str, Any]:
    found = _count(f"{name}-retention-full", options)
    if found and options.get(f"{name}-retention-full-type") == "time":
        return {"retention": f"{found['keep']}d"}
    return found


def _count(option: str, options: dict[str, str]) -> dict[str, Any]:
    value = options.get(option, "")
    return {"keep": int(value)} if value.isdecimal() and int(value) > 0 else {}


def data_source(spec: Fields) -> dict[str, Any]:
    """The backup that it started from, where that lies in a bucket that it backs up to as well."""
    source = part(spec, "dataSource", "pgbackrest")
    repo = part(source, "repo")
    name = text(repo, "name") or ""
    repos = items(part(spec, "backups", "pgbackrest"), "repos")
    same = first([one for one in repos if text(one, "name") == name])
    path = mapping(source, "global").get(f"{name}-path")
    target = _target(texts(source, "options"))
    if not path or target is None or not any(kind in repo and repo.get(kind) == same.get(kind) for kind in _BUCKETS):
        return {}
    return {"storage": name, "path": path.strip("/"), **target}


def _target(options: list[str]) -> dict[str, str] | None:
    """Where the recovery began and ended; None where an option has no word."""
    sets = [one.removeprefix("--set=") for one in options if one.startswith("--set=")]
    rest = [one for one in options if not one.startswith("--set=")]
    begin = {"backup": sets[0]} if sets else {}
    if len(sets) > 1:
        return None
    if not rest:
        return {**begin, "at": "latest"}
    if rest == ["--type=immediate"]:
        return begin
    target = rest[1].removeprefix('--target="').removesuffix('"') if len(rest) == 2 else ""
    if rest[0] == "--type=lsn":
        return {**begin, "lsn": target} if rest[1:] == [f'--target="{target}"'] else None
    if rest[0] == "--type=time":
        try:
            moment = datetime.fromisoformat(target)
        except ValueError:
            return None
        return {**begin, "at": target} if rest[1:] == [f'--target="{target_of(moment)}"'] else None
    return None
