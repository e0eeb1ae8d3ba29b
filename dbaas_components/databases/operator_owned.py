"""Fields of our objects that the operators themselves write, when, and why.

Source: the controllers of PXC operator 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0. One table for the three readers
that must agree: `ignore_changes` of the component, the change report, and the drift check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dbaas_components.labels import DOMAIN

ALWAYS: Final = "always"
"""The feature of fields that an operator writes at any time, and that this library never writes."""

TOPOLOGY_ROLE: Final = "topology_role"
"""The feature of fields of a site of a `DatabaseTopology` that `dbaas dr` and its agents write."""

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "storage_autoscaling": "the operator writes the size of a volume that it grew",
        "automatic_upgrade": "the operator writes the images of the version that it chose",
        "major_upgrade": "a PerconaPGUpgrade stops the database and writes the new version with its images",
        "cluster_set": "the operator lets a member that left its cluster set start by itself again",
        ALWAYS: "the operator keeps notes of its own there",
        TOPOLOGY_ROLE: "the failover tool (dbaas-dr) writes what follows from which region's site is the primary",
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

_FENCED: Final = (
    "spec.pause",
    f'metadata.annotations["{DOMAIN}/dr-order"]',
    f'metadata.annotations["{DOMAIN}/dr-epoch"]',
    f'metadata.annotations["{DOMAIN}/dr-archive-revoked"]',
)

ROLE_OWNED: Final = (
    *_rows("pxc", TOPOLOGY_ROLE, "spec.pxc.replicationChannels", *_FENCED),
    *_rows("ps", TOPOLOGY_ROLE, "spec.mysql.bootstrap.mode", *_FENCED),
    *_rows("psmdb", TOPOLOGY_ROLE, "spec.unmanaged", "spec.updateStrategy", *_FENCED),
    *_rows(
        "pg",
        TOPOLOGY_ROLE,
        "spec.standby.enabled",
        "spec.standby.host",
        "spec.standby.port",
        'spec.backups.pgbackrest.global["repo1-path"]',
        *_FENCED,
    ),
)
"""Fields of a topology's sites that the failover tool writes, as the field manager `dbaas-dr`. Those of `spec` are in
`ignore_changes` of every site; the annotations are never this library's. Of a database in no topology all are ours."""


def role_paths(engine: str) -> list[str]:
    """The paths that the failover tool may write at a site of this engine, in the table's order."""
    return [field.path for field in ROLE_OWNED if field.engine == engine]


def owned_paths(engine: str, features: Iterable[str]) -> list[str]:
    """The paths that the engine's operator writes while `features` are in use, in the table's order.

    A field that no feature in use hands over stays ours: an ignored field would hide a change that somebody asked for.
    """
    used = set(features) - {ALWAYS}
    return [field.path for field in OPERATOR_OWNED if field.engine == engine and field.feature in used]
