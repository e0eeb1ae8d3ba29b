"""What an agent does of the measures, round by round: taken behind the fence, lifted before clients come.

The fence goes first and waits for none of this; a measure that fails is told and tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.site import Reading, Site
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.dr.measures.endpoint import Endpoint
from dbaas_components.dr.measures.measured import ENDPOINT, NETWORK_DENY, ROLE, Measured, State
from dbaas_components.dr.measures.network_deny import NetworkDeny
from dbaas_components.dr.measures.taken_role import role_taken, take_role
from dbaas_components.dr.records import Role, RoleRecord, role_of

LOOK_AGAIN_SECONDS: Final = 30.0
"""How often measures that stand as they should are read back once more."""
_OPENING: Final = (Role.PROMOTING, Role.PRIMARY)
_FOLLOWING: Final = (Role.STANDBY, Role.STREAMING, Role.SEEDING)


@dataclass
class Taking:
    """The measures of one site, for its agent."""

    site: Site
    deny: NetworkDeny
    endpoint: Endpoint
    retry_seconds: float
    told: Mapping[str, str] = field(default_factory=dict[str, str], init=False)
    """What was last read back, by measure."""
    _settled: tuple[Role, str] | None = field(default=None, init=False)
    _next: float = field(default=float("-inf"), init=False)

    def turn(self, record: RoleRecord | None, reading: Reading | None, lease: LeaseRecord | None, now: float) -> None:
        """One round. Raises nothing for an outage or a refusal."""
        role = role_of(record)
        wanted = measures_wanted(record, reading)
        state = (role, f"{wanted} {_holder(self.site, lease)}")
        if reading is None or wanted is None or (state == self._settled and now < self._next):
            return
        self._settled, told = state, dict[str, str]()
        steps: list[tuple[str, Callable[[], Measured]]] = [(NETWORK_DENY, lambda: self._deny(take=wanted))]
        if self.endpoint.possible:
            steps.append((ENDPOINT, lambda: self._withdraw(role, take=wanted)))
        if wanted and _may_disarm(self.site, reading, lease):
            steps.append((ROLE, lambda: self._disarm(reading, lease)))
        done = True
        for name, step in steps:
            try:
                found = step()
            except ClusterUnreachable as error:
                # Each request more would only wait for the same.
                told[name], done = f"{State.NOT_KNOWN}: {error}", False
                break
            except ClusterRefused as error:
                told[name], done = f"{State.NOT_KNOWN}: {error}", False
            else:
                told[name] = str(found)
        self.told = told
        self._next = now + (LOOK_AGAIN_SECONDS if done else self.retry_seconds)

    def _deny(self, *, take: bool) -> Measured:
        if not take:
            self.deny.lift()
            return self.deny.read()
        found = self.deny.read()
        if found.state is State.IN_FORCE:
            return found
        self.deny.take()
        return self.deny.read()

    def _withdraw(self, role: Role, *, take: bool) -> Measured:
        if take:
            self.endpoint.take()
        elif role in _OPENING:
            self.endpoint.lift()
        else:
            self.endpoint.forget()
        return self.endpoint.read()

    def _disarm(self, reading: Reading, lease: LeaseRecord | None) -> Measured:
        assert lease is not None, "asked only where another region holds the lease"
        if take_role(self.site, reading, lease.holder, lease.epoch):
            reading = self.site.read() or reading
        return role_taken(self.site, reading)


def measures_wanted(record: RoleRecord | None, reading: Reading | None) -> bool | None:
    """Whether the measures have to be taken (True), lifted (False) or left as they are (None).

    A site that is handed over in a planned change still sends its last writes to its successor while it shuts down, so
    that nothing is cut before its fence is confirmed. One whose pods go on (psmdb, planned) is never cut off.
    """
    role = role_of(record)
    if role in (*_OPENING, *_FOLLOWING):
        return False
    if role is Role.FAILED or record is None or reading is None:
        return None
    if not reading.paused or reading.order != "fence":
        return None
    handed_over = record.hold and record.successor is not None
    return None if handed_over and reading.writes is not Writes.FENCED else True


def _may_disarm(site: Site, reading: Reading, lease: LeaseRecord | None) -> bool:
    elsewhere = lease is not None and not lease.released and lease.holder != site.region
    return elsewhere and reading.writes is Writes.FENCED and lease is not None and lease.holder in site.table["roles"]


def _holder(site: Site, lease: LeaseRecord | None) -> str:
    """What of the lease the measures depend on."""
    if lease is None or lease.released or lease.holder == site.region:
        return ""
    return f"{lease.holder} {lease.epoch}"
