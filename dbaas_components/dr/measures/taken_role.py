"""The role of a primary taken away from a site that is shut down: who starts it by mistake starts a standby.

Only once another region holds the lease: until then the site may be opened again by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.dr.failover.site import BEHAVIOUR, Reading, Site, value_at
from dbaas_components.dr.measures.measured import ROLE, Measured, State

CLOSING: Final[Mapping[str, tuple[str, ...]]] = {
    # Not the archive's path: a standby by mistake must not come near the place of the new primary's epoch.
    "pg": ("spec.standby.enabled", "spec.standby.host", "spec.standby.port"),
    "pxc": ("spec.pxc.replicationChannels",),
    "psmdb": ("spec.unmanaged", "spec.updateStrategy"),
}
"""Role fields that take a site's role away, by engine. ps has none: `spec.mysql.bootstrap.mode` says how a cluster is
made, not whether it takes writes (1.2); there the ClusterSet makes the old primary a replica or invalidates it."""


def closing_fields(site: Site, primary: str, epoch: int) -> list[tuple[str, Any]]:
    """The fields with the values of a site that follows `primary`."""
    wanted = CLOSING.get(site.engine, ())
    return [(path, value) for path, value in site.role_fields(primary, epoch) if path in wanted]


def role_taken(site: Site, reading: Reading) -> Measured:
    """Whether the custom resource says any more that the site is a primary."""
    where = site.place
    if site.engine not in CLOSING:
        told = "no field of the custom resource makes it read-only; the ClusterSet does, once it changed"
        return Measured(ROLE, State.NOT_POSSIBLE, told, where)
    paths = [path for path, _ in site.role_fields(site.region, 0) if path in CLOSING[site.engine]]
    shown = json.dumps({path: value_at(reading.spec, path) for path in paths}, sort_keys=True)
    state = State.NOT_IN_FORCE if BEHAVIOUR[site.engine].is_primary(reading.spec) else State.IN_FORCE
    return Measured(ROLE, state, shown, where)


def take_role(site: Site, reading: Reading, primary: str, epoch: int) -> bool:
    """Takes it away where it is still there; whether anything was written. Raises as `Site.disarm` does."""
    fields = closing_fields(site, primary, epoch)
    if not fields or all(value_at(reading.spec, path) == value for path, value in fields):
        return False
    site.disarm(reading, fields)
    return True
