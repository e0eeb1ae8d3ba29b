"""Sends clients to the new primary, once it was read back as taking writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.live import Live
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.records_in_clouds import CloudRecord, RecordRefused
from dbaas_components.dr.failover.site import Site, put, within
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Role


class Traffic:
    """The Services and records that clients follow."""

    def __init__(self, switch: Switch, record: CloudRecord | None = None) -> None:
        self._switch = switch
        self._live: Live = switch.live
        self._record = record

    def moved(self) -> Outcome:
        """Writes the traffic's fields in every region that answers and in the cloud; the new region's own is a must."""
        outcome = self._written({self._switch.new})
        return self._proven() if isinstance(outcome, Done) else outcome

    def moved_on_both_sides(self) -> Outcome:
        """The same, where the old region's own is a must too: its clients follow its Service, and it is there again."""
        outcome = self._written({self._switch.new, self._switch.old})
        return self._proven() if isinstance(outcome, Done) else outcome

    def moved_once_followed(self) -> Outcome:
        """For the end of a planned change: the old region follows, and its clients go to the new primary.

        It may have been out of reach while the others' clients were sent there, which waited for nobody.
        """
        outcome = self._switch.old_follows()
        return self._written({self._switch.new, self._switch.old}) if isinstance(outcome, Done) else outcome

    def _written(self, musts: set[str]) -> Outcome:
        switch = self._switch
        state = self._live.site(switch.new)
        if state.role is not Role.PRIMARY or not state.reading or state.reading.writes is not Writes.OPEN:
            return Wait(f"{switch.new} is not read back as taking writes; clients stay where they are")
        changed = False
        for region, site in self._live.connections.sites.items():
            try:
                changed |= self._move(site)
            except (ClusterUnreachable, ClusterRefused) as error:
                if region in musts:
                    raise
                # A region that is gone keeps its alias; it is moved when the region follows, or by rejoin.
                switch.book.prove(f"traffic of {region} not moved", region, str(error))
        if self._record is not None:
            wanted = _values(self._live.connections.sites[switch.new], switch.new)
            try:
                changed |= self._record.point(wanted)
            except RecordRefused as error:
                return Stop(f"{error}; {switch.new} takes writes, run the same command again for the record")
        return Wait("clients were sent to the new primary; reading it back") if changed else Done()

    def _proven(self) -> Outcome:
        switch = self._switch
        # Of the record itself where there is one: somebody may have changed it since the topology was made.
        ttl = self._record.ttl() if self._record else self._live.document.traffic_ttl
        if self._live.document.traffic or self._record:
            switch.book.prove("traffic moved", switch.new, f"clients follow within {ttl} s")
        return Done()

    def _move(self, site: Site) -> bool:
        """Whether something had to be written."""
        named: Mapping[str, str] | None = self._live.document.traffic.get(site.region)
        if named is None:
            return False
        path = site.core("services", named["name"])
        found = site.cluster.get(path)
        if found is None:
            raise ClusterRefused(f"{site.region}: Service {site.namespace}/{named['name']} is not there")
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "Service"}
        body["metadata"] = {"name": named["name"], "namespace": site.namespace}
        missing = False
        for field, value in _values(site, self._switch.new).items():
            missing |= within(found, field) != value
            if value is not None:
                put(body, field, value)
            elif within(found, field) is not None:
                site.cluster.merge(path, _nested(field, None))
        if missing:
            site.cluster.apply(path, body)
        return missing


def _values(site: Site, primary: str) -> dict[str, Any]:
    return dict(site.role_fields(primary, 0, "traffic"))


def _nested(path: str, value: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    put(body, path, value)
    return body
