"""What an agent does of the measures, round by round: taken behind the fence, lifted before clients come.

The fence goes first and waits for none of this; a measure that fails is told and tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dbaas_components.dr.failover.site import Reading, Site, there
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.dr.measures.endpoint import Endpoint
from dbaas_components.dr.measures.measured import (
    ENDPOINT,
    NETWORK_DENY,
    REVOKED,
    ROLE,
    Measured,
    Question,
    State,
    read_back,
)
from dbaas_components.dr.measures.network_deny import NetworkDeny
from dbaas_components.dr.measures.revocation import give_back, revocation, revoke
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
        if reading is None or wanted is None:
            return
        may_disarm = wanted and _may_disarm(self.site, reading, lease)
        # A shutdown that is confirmed only now lets more be taken at once.
        state = (role, f"{wanted} {may_disarm} {_holder(self.site, lease)}")
        if state == self._settled and now < self._next:
            return
        self._settled = state
        steps = [Question(NETWORK_DENY, self.deny.place, lambda: self._deny(take=wanted))]
        if self.endpoint.possible:
            steps.append(Question(ENDPOINT, self.endpoint.place, lambda: self._withdraw(role, take=wanted)))
        if may_disarm:
            steps.append(Question(ROLE, self.site.place, lambda: self._disarm(reading, lease)))
            steps.append(Question(REVOKED, self.site.place, self._revoke))
        elif not wanted and reading.revoked:
            steps.append(Question(REVOKED, self.site.place, lambda: self._give_back(reading)))
        found, _ = read_back(steps)
        self.told = {one.name: str(one) for one in found}
        done = all(one.state is not State.NOT_KNOWN for one in found)
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

    def _revoke(self) -> Measured:
        # What was read before is another version by now, where the role was taken away.
        reading = there(self.site)
        if revoke(self.site, reading, self.deny.topology):
            reading = there(self.site)
        return revocation(self.site, reading, self.deny.topology)

    def _give_back(self, reading: Reading) -> Measured:
        give_back(self.site, reading)
        return revocation(self.site, there(self.site), self.deny.topology)


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
