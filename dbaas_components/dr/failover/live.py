"""What a verb reads before and between its steps: the lease, the records, the reports and the databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dbaas_components.dr.decisions import Watch, watched
from dbaas_components.dr.failover.access import Connections
from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.document import TopologyDocument
from dbaas_components.dr.failover.records import Kept, Report
from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.lease.interface import Identity, Lease, LeaseRecord, Observed
from dbaas_components.dr.records import Role, role_of
from dbaas_components.dr.timing import monotonic_seconds


@dataclass(frozen=True, slots=True)
class SiteState:
    """One region as a verb sees it; `problem` where it does not answer."""

    region: str
    kept: Kept
    reading: Reading | None
    report: Report | None
    problem: str = ""

    @property
    def role(self) -> Role:
        """Its role; standby where there is no record."""
        return role_of(self.kept.record)


class Live:
    """The topology as it is now."""

    def __init__(self, connections: Connections, clock: Callable[[], float] = monotonic_seconds) -> None:
        self.connections = connections
        self.document: TopologyDocument = connections.document
        self._clock = clock
        self._lease = Lease(connections.lease, Identity(self.document.topology, "dbaas", "reader"), clock=clock)
        self._watch: Watch | None = None
        self._reports: dict[str, tuple[int, float]] = {}

    def lease(self) -> LeaseRecord | None:
        """The lease now; None where nobody ever held it. Raises `ClusterUnreachable` where it cannot be read."""
        observed = self._lease.read()
        if not isinstance(observed, Observed):
            raise ClusterUnreachable(getattr(observed, "reason", "") or getattr(observed, "sentence", ""))
        self._watch = watched(self._watch, observed, self._clock())
        return observed.record

    @property
    def silence(self) -> float:
        """Seconds for which the lease stood unchanged, on this machine's own monotonic clock."""
        return self._clock() - self._watch.since if self._watch else 0.0

    def site(self, region: str) -> SiteState:
        """One region now; never raises for an outage."""
        records, site = self.connections.records[region], self.connections.sites[region]
        try:
            kept = records.read()
            orders = kept.record.orders if kept.record else 0
            return SiteState(region, kept, site.read(orders), self._seen(region, records.read_report()))
        except (ClusterUnreachable, ClusterRefused) as error:
            return SiteState(region, Kept(None, None, None), None, None, str(error))

    def sites(self) -> Mapping[str, SiteState]:
        """All of them."""
        return {region: self.site(region) for region in self.connections.sites}

    def agent_silent(self, region: str) -> float:
        """Seconds for which a region's agent said nothing new, on this machine's clock, counted from first sight."""
        known = self._reports.get(region)
        return self._clock() - known[1] if known else 0.0

    def _seen(self, region: str, report: Report | None) -> Report | None:
        count = report.count if report else -1
        known = self._reports.get(region)
        if known is None or known[0] != count:
            self._reports[region] = (count, self._clock())
        return report


def primary_of(document: TopologyDocument, lease: LeaseRecord | None) -> str:
    """The region that holds the lease, or held it last."""
    return lease.holder if lease else document.primary_region
