"""The InnoDB ClusterSet's change of primary (ps 1.2): MySQL keeps the new site read-only until it is done.

The old site is fenced by a shutdown before, so MySQL has to be told to go on without it: `forcedFailover`, which is
taken back as soon as the ClusterSet says that it changed.
"""

from __future__ import annotations

from typing import Any

from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.site import Site, put, within
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait

_FORCED = "spec.unsafeFlags.forcedFailover"


def is_cluster_set(switch: Switch) -> bool:
    """Whether the topology is a ClusterSet."""
    return switch.live.document.engine == "ps"


class ClusterSetChange:
    """One change of a ClusterSet's primary, in whatever region its object is."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    def changed(self) -> Outcome:
        """Writes the new primary, waits for the status, and takes the flag back."""
        switch, found = self._switch, self._place()
        if found is None:
            return Stop("no region has the ClusterSet's fields; give cluster_set in the topology's arguments")
        site, fields = found
        path = site.path("PerconaServerMySQLClusterSet", switch.live.document.cluster_set or switch.topology)
        manifest = site.cluster.get(path)
        if manifest is None:
            return Stop(f"{site.region}: {path.rsplit('/', 1)[1]} is not there; make the ClusterSet in a site that is")
        wanted = fields["spec.primaryCluster"]
        done = within(manifest, "status.primaryCluster") == wanted
        told = {**fields, _FORCED: not done}
        if any(within(manifest, field) != value for field, value in told.items()):
            self._write(site, path, manifest, told)
            return Wait(f"the ClusterSet was told that {wanted} is primary")
        if not done:
            return Wait(f"the ClusterSet still says {within(manifest, 'status.primaryCluster') or 'nothing'}")
        switch.book.prove("ClusterSet changed", f"{site.region}: {path}", {"status.primaryCluster": wanted})
        return Done()

    def _place(self) -> tuple[Site, dict[str, Any]] | None:
        for site in self._switch.live.connections.sites.values():
            fields = dict(site.role_fields(self._switch.new, 0, "cluster_set"))
            if fields:
                return site, fields
        return None

    def _write(self, site: Site, path: str, manifest: dict[str, Any], fields: dict[str, Any]) -> None:
        metadata = {"name": manifest["metadata"]["name"], "namespace": site.namespace}
        body: dict[str, Any] = {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": metadata}
        for field, value in fields.items():
            put(body, field, value)
        site.cluster.apply(path, body)
