"""Fields of our custom resources that the operators themselves write, and when.

Source: the controllers of PXC operator 1.20.0, PS 1.2.0, PSMDB 1.22.0 and PG 3.0.0. One table for the three readers
that must agree: `ignore_changes` of the component, the change report, and the drift check.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class OwnedField:
    """One field that an operator writes while a feature is in use."""

    engine: str
    feature: str
    """`storage_autoscaling`, `automatic_upgrade`, `major_upgrade` or `cluster_set`."""
    path: str
    """The field's path as `ignore_changes` takes it: `spec.pxc.image`, `spec.replsets[*].volumeSpec`."""


def _rows(engine: str, feature: str, *paths: str) -> tuple[OwnedField, ...]:
    return tuple(OwnedField(engine, feature, path) for path in paths)


_VOLUME: Final = "volumeSpec.persistentVolumeClaim.resources.requests.storage"

OPERATOR_OWNED: Final = (
    *_rows("pxc", "storage_autoscaling", f"spec.pxc.{_VOLUME}"),
    *_rows("ps", "storage_autoscaling", f"spec.mysql.{_VOLUME}"),
    *_rows("psmdb", "storage_autoscaling", f"spec.replsets[*].{_VOLUME}"),
    *_rows("pxc", "automatic_upgrade", "spec.pxc.image", "spec.haproxy.image", "spec.backup.image"),
    *_rows(
        "ps",
        "automatic_upgrade",
        "spec.mysql.image",
        "spec.proxy.haproxy.image",
        "spec.toolkit.image",
        "spec.backup.image",
    ),
    *_rows("psmdb", "automatic_upgrade", "spec.image", "spec.backup.image"),
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
)


def owned_paths(engine: str, features: Iterable[str]) -> list[str]:
    """The paths that the engine's operator writes while `features` are in use, in the table's order.

    A field that no feature in use hands over stays ours: an ignored field would hide a change that somebody asked for.
    """
    used = set(features)
    return [field.path for field in OPERATOR_OWNED if field.engine == engine and field.feature in used]
