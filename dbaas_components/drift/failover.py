"""The fields that the failover tool owns for as long as a site is fenced, by the note that it left at the site."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.dr.failover.site import REVOKED, part, within

# The keys of buckets and nothing else, whatever the note says: anybody who may write a database may write its notes.
_KEYS: Final = re.compile(
    r"spec\.backup\.(storages\[\"[^\"]+\"\]\.\w+|pitr\.binlogServer\.storage\.s3)\.credentialsSecret"
    r"|spec\.backups\.pgbackrest\.(configuration|global\[\"repo\d+-\w+-key(-type)?\"\])"
)


def taken_keys(live: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of the archive's keys that were taken from a site and are still as the failover tool wrote them."""
    note = part(part(live, "metadata"), "annotations").get(REVOKED)
    try:
        noted: object = json.loads(str(note)) if note else {}
    except ValueError:
        return ()
    if not isinstance(noted, dict):
        return ()
    found = cast("dict[str, Any]", noted)
    return tuple(path for path, values in found.items() if _KEYS.fullmatch(path) and _stands(live, path, values))


def _stands(live: Mapping[str, Any], path: str, values: Any) -> bool:
    """Whether what was noted last of a path is there; `values` are what stood there before, and what was written."""
    return isinstance(values, list) and cast("list[Any]", values)[-1:] == [within(live, path)]
