"""The measures beside the fence as a verb reads them back, and takes them where no agent does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.live import Live
from dbaas_components.dr.measures.archive import archive_apart
from dbaas_components.dr.measures.endpoint import Endpoint, addresses
from dbaas_components.dr.measures.measured import ADDRESSES, ARCHIVE, ENDPOINT, NETWORK_DENY, ROLE, Measured, State
from dbaas_components.dr.measures.network_deny import NetworkDeny
from dbaas_components.dr.measures.taken_role import role_taken
from dbaas_components.dr.records import Role

if TYPE_CHECKING:
    from dbaas_components.dr.failover.evidence import EvidenceBook
    from dbaas_components.dr.failover.site import Reading, Site


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
        steps: list[tuple[str, str, Callable[[], Measured]]] = [
            (NETWORK_DENY, deny.place, deny.read_among_others),
            (ENDPOINT, endpoint.place, endpoint.read),
            (ADDRESSES, site.place, lambda: addresses(site)),
            (ROLE, site.place, lambda: role_taken(site, _there(site))),
        ]
        if primary and primary != region:
            other = self.live.connections.sites[primary]
            steps.append((ARCHIVE, site.place, lambda: archive_apart(site.engine, region, *_specs(site, other))))
        found: list[Measured] = []
        silent = ""
        for name, place, step in steps:
            try:
                # A region that gave no answer once would only be waited for again.
                found.append(Measured(name, State.NOT_KNOWN, silent, place) if silent else step())
            except ClusterUnreachable as error:
                silent = str(error)
                found.append(Measured(name, State.NOT_KNOWN, silent, place))
            except ClusterRefused as error:
                found.append(Measured(name, State.NOT_KNOWN, str(error), place))
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
            try:
                step()
            except (ClusterUnreachable, ClusterRefused) as error:
                book.measured(region, Measured(name, State.NOT_KNOWN, str(error), place))

    def lift(self, region: str, *, primary: bool) -> None:
        """Lifts what may still be taken of a region that takes writes or follows; its agent does so as well."""
        deny, endpoint = self._of(self.live.connections.sites[region])
        led = endpoint.lift if primary else endpoint.forget
        for step in (deny.lift, *([led] if endpoint.possible else [])):
            try:
                step()
            except (ClusterUnreachable, ClusterRefused):
                return  # Its agent goes on trying, and `dbaas dr status` shows it.

    def back(self, region: str) -> None:
        """Asks a region again that was away."""
        self._away.discard(region)

    def _of(self, site: Site) -> tuple[NetworkDeny, Endpoint]:
        document = self.live.document
        return NetworkDeny(site, document.topology), Endpoint(site, document.traffic.get(site.region))


def _there(site: Site) -> Reading:
    reading = site.read()
    if reading is None:
        raise ClusterRefused(f"{site.place} is not there")
    return reading


def _specs(site: Site, other: Site) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return _there(site).spec, _there(other).spec
