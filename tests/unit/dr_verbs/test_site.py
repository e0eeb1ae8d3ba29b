"""What a custom resource shows of writes, and the orders that are written into it."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.failover.cluster import Conflict
from dbaas_components.dr.failover.site import EPOCH, ORDER, Site, reading_of
from dbaas_components.dr.guards import Writes
from tests.unit.dr_verbs.documents import document

PRIMARY: dict[str, dict[str, Any]] = {
    "pg": {"standby": {"enabled": False}},
    "pxc": {"pxc": {"replicationChannels": [{"name": "orders", "isSource": True}]}},
    "psmdb": {"unmanaged": False},
    "ps": {"mysql": {"bootstrap": {"mode": "auto"}}},
}
STANDBY: dict[str, dict[str, Any]] = {
    "pg": {"standby": {"enabled": True}},
    "pxc": {"pxc": {"replicationChannels": [{"name": "orders", "isSource": False}]}},
    "psmdb": {"unmanaged": True},
    "ps": {"mysql": {"bootstrap": {"mode": "manual"}}},
}
ENGINES = sorted(PRIMARY)


def manifest(
    spec: dict[str, Any], state: str, *, generation: int = 3, observed: int = 3, stamps: dict[str, str] | None = None
) -> dict[str, Any]:
    metadata = {"generation": generation, "resourceVersion": "7", "annotations": stamps or {}}
    return {"metadata": metadata, "spec": spec, "status": {"state": state, "observedGeneration": observed}}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_ready_primary_takes_writes_and_a_ready_standby_does_not(engine):
    assert reading_of(engine, manifest(PRIMARY[engine], "ready")).writes is Writes.OPEN
    assert reading_of(engine, manifest(STANDBY[engine], "ready")).writes is Writes.CLOSED


@pytest.mark.parametrize("engine", ENGINES)
def test_a_site_that_is_still_stopping_is_not_fenced(engine):
    spec = {**PRIMARY[engine], "pause": True}
    fence = {ORDER: "fence 2"}
    assert reading_of(engine, manifest(spec, "stopping", stamps=fence), orders=2).writes is None
    assert reading_of(engine, manifest(spec, "paused", stamps=fence), orders=2).writes is Writes.FENCED


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fence_of_an_older_number_or_by_nobody_is_none(engine):
    spec = {**PRIMARY[engine], "pause": True}
    assert reading_of(engine, manifest(spec, "paused", stamps={ORDER: "fence 1"}), orders=2).writes is Writes.CLOSED
    assert reading_of(engine, manifest(spec, "paused"), orders=0).writes is Writes.CLOSED


@pytest.mark.parametrize("engine", ["pg", "pxc", "psmdb"])
def test_a_status_of_an_older_specification_shows_nothing(engine):
    assert reading_of(engine, manifest(PRIMARY[engine], "ready", observed=2)).writes is None
    spec = {**PRIMARY[engine], "pause": True}
    assert reading_of(engine, manifest(spec, "paused", observed=2, stamps={ORDER: "fence 1"})).writes is None


class Recorded:
    """Keeps what is applied; refuses a version that is not the stored one, as the API server does."""

    name = "eu"

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.version = "7"

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if body["metadata"].get("resourceVersion", self.version) != self.version:
            raise Conflict("another version")
        self.bodies.append(body)
        self.version = str(int(self.version) + 1)
        return body


def test_an_order_to_open_that_comes_after_a_fence_has_no_effect_and_a_fence_is_never_too_late():
    cluster: Any = Recorded()
    site = Site("pg", "eu", document()["roles"]["eu"], cluster)
    reading = reading_of("pg", manifest(STANDBY["pg"], "ready"))
    site.pause(reading, 4)
    with pytest.raises(Conflict):
        site.open(reading, incarnation=2, epoch=2, orders=4)
    site.pause(reading, 4)
    assert [one["spec"]["pause"] for one in cluster.bodies] == [True, True]


def test_an_order_to_open_bears_its_number_its_epoch_and_the_path_of_the_epoch():
    cluster: Any = Recorded()
    site = Site("pg", "us", document()["roles"]["us"], cluster)
    site.open(reading_of("pg", manifest(STANDBY["pg"], "ready")), incarnation=2, epoch=2, orders=5)
    (body,) = cluster.bodies
    assert body["metadata"]["annotations"] == {ORDER: "open 5", EPOCH: "2"}
    assert body["spec"]["standby"]["enabled"] is False
    assert body["spec"]["pause"] is False
    assert body["spec"]["backups"]["pgbackrest"]["global"]["repo1-path"].endswith("/epoch-2")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_fields_of_each_role_read_back_as_that_role(engine):
    table = document(engine)["roles"]["eu"]
    cluster: Any = Recorded()
    site = Site(engine, "eu", table, cluster)
    site.open(reading_of(engine, manifest({}, "ready")), incarnation=1, epoch=1, orders=1)
    opened = cluster.bodies[-1]
    assert reading_of(engine, manifest(opened["spec"], "ready")).writes is Writes.OPEN
    cluster.version = "7"
    site.follow(reading_of(engine, manifest({}, "ready")), "us", 1)
    closed = cluster.bodies[-1]
    assert reading_of(engine, manifest(closed["spec"], "ready")).writes is Writes.CLOSED
    assert site.follows(reading_of(engine, manifest(closed["spec"], "ready")), "us", 1)
