"""What leads clients to a fenced site: the Service that they follow, and the addresses behind the database's Services.

A record of Route 53 or Cloud DNS is no part of this: it always has to hold an answer, and moves after the promotion.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import quote

from dbaas_components.dr.failover.cluster import ClusterRefused
from dbaas_components.dr.failover.operator_facts import DATABASE_LABEL
from dbaas_components.dr.failover.site import Site, part, put, within
from dbaas_components.dr.measures.measured import ADDRESSES, ENDPOINT, Measured, State
from dbaas_components.labels import DOMAIN

NOWHERE: Final = "withdrawn.invalid"
"""No name server ever has an answer for it (RFC 6761, `.invalid`), and an ExternalName has to hold one."""
WITHDRAWN: Final = f"{DOMAIN}/dr-withdrawn"
"""Annotation: the Service was withdrawn while its site was fenced, and led to this host before."""
_ALIAS: Final = "spec.externalName"


class Endpoint:
    """The Service by which clients of one region are led, or None where `traffic` is no Service."""

    def __init__(self, site: Site, named: Mapping[str, str] | None) -> None:
        self._site = site
        self._name = named["name"] if named else ""
        self._own = site.role_fields(site.region, 0, "traffic") if named else []

    @property
    def possible(self) -> bool:
        """Whether there is a Service to withdraw."""
        return bool(self._name and self._own)

    @property
    def place(self) -> str:
        """For messages and evidence."""
        return f"{self._site.region}: Service {self._site.namespace}/{self._name or '-'}"

    def take(self) -> None:
        """Withdraws it where it leads to this site. Raises `ClusterUnreachable`, `ClusterRefused` and `Conflict`."""
        found = self._service()
        if not self._leads_here(found):
            return
        body = _versioned(found)
        for path, value in self._own:
            put(body, path, NOWHERE if path == _ALIAS else None)
            put(body, f'metadata.annotations["{WITHDRAWN}"]', str(value))
        self._merge(body)

    def lift(self) -> bool:
        """Leads clients here again where `take` sent them nowhere; whether anything was written. Raises as it does."""
        return self._without_note(led_here=True)

    def forget(self) -> bool:
        """Takes the note of the withdrawal away where the site became a standby: clients follow another by then."""
        return self._without_note(led_here=False)

    def _without_note(self, *, led_here: bool) -> bool:
        found = self._service()
        if WITHDRAWN not in part(part(found, "metadata"), "annotations"):
            return False
        body = _versioned(found)
        put(body, f'metadata.annotations["{WITHDRAWN}"]', None)
        for path, value in self._own if led_here else ():
            if within(found, path) == (NOWHERE if path == _ALIAS else None):
                put(body, path, value)
        self._merge(body)
        return True

    def read(self) -> Measured:
        """Whether it leads to this site. Raises `ClusterUnreachable` and `ClusterRefused`."""
        if not self.possible:
            told = "clients follow no Service of this region; a cloud's record moves after the promotion"
            return Measured(ENDPOINT, State.NOT_POSSIBLE, told, self.place)
        found = self._service()
        state = State.NOT_IN_FORCE if self._leads_here(found) else State.IN_FORCE
        shown = {path: within(found, path) for path, _ in self._own}
        return Measured(ENDPOINT, state, json.dumps(shown, sort_keys=True), self.place)

    def _leads_here(self, found: Mapping[str, Any]) -> bool:
        return all(value is not None and within(found, path) == value for path, value in self._own)

    def _service(self) -> dict[str, Any]:
        found = self._site.cluster.get(self._site.core("services", self._name))
        if found is None:
            raise ClusterRefused(f"{self.place} is not there")
        return found

    def _merge(self, body: dict[str, Any]) -> None:
        self._site.cluster.merge(self._site.core("services", self._name), body)


def addresses(site: Site) -> Measured:
    """Whether any EndpointSlice of the database's Services has a ready address. Raises as `Endpoint.read` does.

    Whoever asks needs `list` on EndpointSlices, which agents have not got.
    """
    wanted = quote(f"{DATABASE_LABEL[site.engine]}={site.name}")
    folder = f"/apis/discovery.k8s.io/v1/namespaces/{site.namespace}/endpointslices"
    place = f"{site.region}: EndpointSlices of {site.namespace}/{site.name}"
    found = site.cluster.get(f"{folder}?labelSelector={wanted}") or {}
    slices = cast("list[dict[str, Any]]", found.get("items", []))
    endpoints = [one for each in slices for one in cast("list[dict[str, Any]]", each.get("endpoints") or [])]
    # Not told means ready (Kubernetes, discovery/v1).
    at_work = [one for one in endpoints if part(one, "conditions").get("ready") is not False]
    ready = sorted(address for one in at_work for address in cast("list[str]", one.get("addresses") or []))
    told = f"{len(ready)} ready addresses in {len(slices)} EndpointSlices"
    if ready:
        return Measured(ADDRESSES, State.NOT_IN_FORCE, f"{told}: {', '.join(ready)}", place)
    return Measured(ADDRESSES, State.IN_FORCE, told, place)


def _versioned(found: Mapping[str, Any]) -> dict[str, Any]:
    """A patch of the very version that was read."""
    return {"metadata": {"resourceVersion": part(found, "metadata").get("resourceVersion")}}
