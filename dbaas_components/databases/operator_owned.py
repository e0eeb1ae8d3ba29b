"""Fields of our objects that the operators themselves write, when, and why.

Source: the controllers of PXC operator 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0. One table for the three readers
that must agree: `ignore_changes` of the component, the change report, and the drift check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ALWAYS: Final = "always"
"""The feature of fields that an operator writes at any time, and that this library never writes."""

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "storage_autoscaling": "the operator writes the size of a volume that it grew",
        "automatic_upgrade": "the operator writes the images of the version that it chose",
        "major_upgrade": "a PerconaPGUpgrade stops the database and writes the new version with its images",
        "cluster_set": "the operator lets a member that left its cluster set start by itself again",
        ALWAYS: "the operator keeps notes of its own there",
    }
)
"""Features that hand fields over, and why an operator writes them."""


@dataclass(frozen=True, slots=True)
class OwnedField:
    """One field that an operator writes while a feature is in use."""

    engine: str
    feature: str
    """One of `REASONS`."""
    path: str
    """The field's path as `ignore_changes` takes it: `spec.pxc.image`, `spec.replsets[*].volumeSpec`."""

    @property
    def reason(self) -> str:
        """Why the operator writes it."""
        return REASONS[self.feature]


def _rows(engine: str, feature: str, *paths: str) -> tuple[OwnedField, ...]:
    return tuple(OwnedField(engine, feature, path) for path in paths)


_VOLUME: Final = "volumeSpec.persistentVolumeClaim.resources.requests.storage"

OPERATOR_OWNED: Final = (
    # Not ProxySQL's, which the operator neither grows nor resizes.
    *_rows("pxc", "storage_autoscaling", f"spec.pxc.{_VOLUME}"),
    *_rows("ps", "storage_autoscaling", f"spec.mysql.{_VOLUME}"),
    *_rows(
        "psmdb",
        "storage_autoscaling",
        f"spec.replsets[*].{_VOLUME}",
        # Hidden members and those without a vote do not grow: it looks for a container called as the others' is.
        f"spec.sharding.configsvrReplSet.{_VOLUME}",
    ),
    *_rows(
        "pxc",
        "automatic_upgrade",
        "spec.pxc.image",
        "spec.haproxy.image",
        "spec.proxysql.image",
        "spec.backup.image",
        "spec.logcollector.image",
        "spec.pmm.image",
    ),
    *_rows(
        "ps",
        "automatic_upgrade",
        "spec.mysql.image",
        "spec.proxy.haproxy.image",
        "spec.proxy.router.image",
        "spec.orchestrator.image",
        "spec.toolkit.image",
        "spec.backup.image",
        "spec.pmm.image",
    ),
    *_rows("psmdb", "automatic_upgrade", "spec.image", "spec.backup.image", "spec.pmm.image"),
    *_rows("ps", "cluster_set", "spec.mysql.bootstrap.mode"),
    *_rows(
        "pg",
        "major_upgrade",
        "spec.postgresVersion",
        "spec.image",
        "spec.proxy.pgBouncer.image",
        "spec.backups.pgbackrest.image",
        "spec.pause",
    ),
    *_rows("pxc", ALWAYS, 'metadata.annotations["percona.com/pvc-resize-in-progress"]'),
    *_rows("ps", ALWAYS, 'metadata.annotations["percona.com/pvc-resize-in-progress"]'),
    *_rows("psmdb", ALWAYS, 'metadata.annotations["percona.com/pvc-resize-in-progress"]'),
    *_rows(
        "pg",
        ALWAYS,
        'metadata.annotations["pgv2.percona.com/replication-main-site"]',
        'metadata.annotations["pgv2.percona.com/patroni-version"]',
        "metadata.finalizers",
    ),
)


def owned_paths(engine: str, features: Iterable[str]) -> list[str]:
    """The paths that the engine's operator writes while `features` are in use, in the table's order.

    A field that no feature in use hands over stays ours: an ignored field would hide a change that somebody asked for.
    """
    used = set(features) - {ALWAYS}
    return [field.path for field in OPERATOR_OWNED if field.engine == engine and field.feature in used]
