"""Where a site's backups and archive go, and that two sites never write to one place. Pure.

Fields of the operators pg 3.0, pxc 1.20, ps 1.2, psmdb 1.22.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from dbaas_components.dr.failover.site import part
from dbaas_components.dr.measures.measured import ARCHIVE, Measured, State

BUCKETS: Final = ("s3", "minio", "gcs", "azure")
"""The kinds of buckets, as custom resources call them."""


def archive_places(engine: str, spec: Mapping[str, Any]) -> list[str]:
    """The places in buckets that a custom resource writes to, `s3://bucket/path`."""
    return sorted(_of_pg(spec) if engine == "pg" else _of_storages(spec))


def _of_pg(spec: Mapping[str, Any]) -> Iterator[str]:
    archive = part(part(spec, "backups"), "pgbackrest")
    for one in cast("list[Mapping[str, Any]]", archive.get("repos") or []):
        name = str(one.get("name"))
        # The default is pgBackRest's own as the operator writes it.
        path = str(part(archive, "global").get(f"{name}-path") or f"/pgbackrest/{name}")
        for kind in BUCKETS:
            if kind in one:
                yield f"{kind}://{_bucket(part(one, kind))}/{path.strip('/')}"


def _of_storages(spec: Mapping[str, Any]) -> Iterator[str]:
    for one in cast("Mapping[str, Mapping[str, Any]]", part(part(spec, "backup"), "storages")).values():
        for kind in BUCKETS:
            if kind in one:
                place = part(one, kind)
                yield f"{kind}://{_bucket(place)}/{str(place.get('prefix') or '').strip('/')}".rstrip("/")


def _bucket(place: Mapping[str, Any]) -> str:
    return str(place.get("bucket") or place.get("container") or "").strip("/")


def archive_apart(engine: str, region: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Measured:
    """Whether the fenced site's archive and the new primary's are two places; `old` and `new` are specifications."""
    mine, its = archive_places(engine, old), archive_places(engine, new)
    where = f"{region}: specification of the database"
    shown = json.dumps({"fenced": mine, "primary": its})
    if not mine:
        return Measured(ARCHIVE, State.NOT_POSSIBLE, "the site writes to no bucket", where)
    shared = [one for one in mine if any(_within(one, other) or _within(other, one) for other in its)]
    return Measured(ARCHIVE, State.NOT_IN_FORCE if shared else State.IN_FORCE, shown, where)


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}/")
