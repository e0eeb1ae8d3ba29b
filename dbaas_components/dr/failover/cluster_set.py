"""The InnoDB ClusterSet's change of primary (ps 1.2): MySQL keeps the new site read-only until it is done.

The old site is fenced by a shutdown before, so MySQL has to be told to go on without it: `forcedFailover`, which is
taken back as soon as the ClusterSet says that it changed.

Source: the PS operator's controller. It forces a failover only where the primary does not answer, writes the generation
that it saw with every status, also where it failed, and changes the primary of a set that answers by a Job, while which
`SwitchoverInProgress` is true and `status.primaryCluster` still the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.site import Site, put, within
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait

_FORCED: Final = "spec.unsafeFlags.forcedFailover"
_RUNNING: Final = "SwitchoverInProgress"
_FAILURES: Final = ("ErrorReconcile", "ReplicaManagementFailure")


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
        said = _conditions(manifest)
        running = said.get(_RUNNING, {}).get("status") == "True"
        done = within(manifest, "status.primaryCluster") == wanted and not running
        told = {**fields, _FORCED: not done}
        if any(within(manifest, field) != value for field, value in told.items()):
            self._write(site, path, manifest, told)
            return Wait(f"the ClusterSet was told that {wanted} is primary")
        if not done:
            now = within(manifest, "status.primaryCluster") or "nothing"
            return Wait(f"the ClusterSet still says {now}{', its change is under way' if running else _failure(said)}")
        seen = within(manifest, "status.lastObservedGeneration")
        if seen is not None and seen != manifest["metadata"]["generation"]:
            return Wait(f"{wanted} is primary of the ClusterSet; its operator has not seen the last change yet")
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


def _conditions(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = cast("list[Mapping[str, Any]]", within(manifest, "status.conditions") or [])
    return {str(one.get("type")): one for one in found}


def _failure(said: Mapping[str, Mapping[str, Any]]) -> str:
    """What its operator says is wrong, in one line."""
    wrong = [said[name] for name in _FAILURES if said.get(name, {}).get("status") == "True"]
    if _RUNNING in said:
        wrong.append(said[_RUNNING])  # False: the Job failed.
    words = [" ".join(str(one.get("message") or one.get("reason")).split()) for one in wrong]
    return f" ({'; '.join(words)})" if words else ""
