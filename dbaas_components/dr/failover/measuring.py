"""The measures beside the fence as a verb reads them back, and takes them where no agent does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.live import Live
from dbaas_components.dr.failover.site import there
from dbaas_components.dr.measures.archive import archive_apart
from dbaas_components.dr.measures.endpoint import Endpoint, addresses
from dbaas_components.dr.measures.measured import (
    ADDRESSES,
    ARCHIVE,
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
from dbaas_components.dr.measures.revocation import revocation
from dbaas_components.dr.measures.taken_role import role_taken
from dbaas_components.dr.records import Role

if TYPE_CHECKING:
    from dbaas_components.dr.failover.evidence import EvidenceBook
    from dbaas_components.dr.failover.site import Site


@dataclass
class Measures:
    """The measures of all sites of a topology. None of its methods raises for an outage or a missing right: what
    cannot be read is told as not known, and nothing waits for it."""

    live: Live
    _away: set[str] = field(default_factory=set[str], init=False)

    def read(self, region: str, primary: str = "") -> list[Measured]:
        """Everything about one region; with its archive's place beside that of `primary`, where that is another."""
        site = self.live.connections.sites[region]
        deny, endpoint = self._of(site)
        questions = [
            Question(NETWORK_DENY, deny.place, deny.read_among_others),
            Question(ENDPOINT, endpoint.place, endpoint.read),
            Question(ADDRESSES, site.place, lambda: addresses(site)),
            Question(ROLE, site.place, lambda: role_taken(site, there(site))),
            Question(REVOKED, site.place, lambda: revocation(site, there(site), self.live.document.topology)),
        ]
        if primary and primary != region:
            other = self.live.connections.sites[primary]
            apart = partial(_apart, site, other)
            questions.append(Question(ARCHIVE, site.place, apart))
        found, silent = read_back(questions)
        if silent:
            self._away.add(region)
        return found

    def note(self, book: EvidenceBook, region: str, primary: str) -> None:
        """Writes what is read back of a fenced region into the evidence; a region that was away is asked no more."""
        if region in self._away:
            return
        for one in self.read(region, primary):
            book.measured(region, one)

    def take(self, book: EvidenceBook, region: str) -> None:
        """Takes what an agent would take, over a region that answers and has lost the lease; tells what became of it.

        The region's agent lifts them again, and so does the verb that brings the region back.
        """
        state = self.live.site(region)
        if state.problem:
            self._away.add(region)
        if state.problem or state.role in (Role.STANDBY, Role.STREAMING, Role.SEEDING):
            return
        site = self.live.connections.sites[region]
        deny, endpoint = self._of(site)
        steps: list[tuple[str, str, Callable[[], None]]] = [(NETWORK_DENY, deny.place, deny.take)]
        if endpoint.possible:
            steps.append((ENDPOINT, endpoint.place, endpoint.take))
        for name, place, step in steps:
            if told := _hindered(step):
                book.measured(region, Measured(name, State.NOT_KNOWN, told, place))

    def lift(self, region: str, *, primary: bool) -> None:
        """Lifts what may still be taken of a region that takes writes or follows; its agent does so as well."""
        deny, endpoint = self._of(self.live.connections.sites[region])
        led = endpoint.lift if primary else endpoint.forget
        for step in (deny.lift, *([led] if endpoint.possible else [])):
            if _hindered(step):
                return  # Its agent goes on trying, and `dbaas dr status` shows it.

    def back(self, region: str) -> None:
        """Asks a region again that was away."""
        self._away.discard(region)

    def _of(self, site: Site) -> tuple[NetworkDeny, Endpoint]:
        document = self.live.document
        return NetworkDeny(site, document.topology), Endpoint(site, document.traffic.get(site.region))


def _apart(site: Site, other: Site) -> Measured:
    return archive_apart(site.engine, site.region, there(site).spec, there(other).spec)


def _hindered(step: Callable[[], object]) -> str:
    """What kept a step from being carried out; empty where nothing did."""
    try:
        step()
    except (ClusterUnreachable, ClusterRefused) as error:
        return str(error)
    return ""
