"""An agent whose process starts anew over an open primary, with and without an answer from the witness."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.dr.agent.agent import Agent, Placement
from dbaas_components.dr.failover.cluster import ClusterUnreachable
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.records import Kept
from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, StoreUnreachable, WonBy, text_of
from dbaas_components.dr.records import Role, RoleRecord
from tests.unit.dr_verbs.documents import document

OWN = LeaseRecord(topology="orders", holder="eu", instance="a", epoch=1, won_by=WonBy.FIRST)


class Store:
    """One record in memory; it answers as often as it is told, then never more."""

    place = "memory"

    def __init__(self, answers: int) -> None:
        self.text, self.version, self._answers = text_of(OWN), 1, answers

    def load(self) -> tuple[str, str]:
        self._ask()
        return self.text, str(self.version)

    def replace(self, text: str, version: str | None) -> str | None:
        self._ask()
        if version != str(self.version):
            return None
        self.text, self.version = text, self.version + 1
        return str(self.version)

    def _ask(self) -> None:
        if not self._answers:
            raise StoreUnreachable("no answer")
        self._answers -= 1


class Records:
    """The role record of eu."""

    def __init__(self) -> None:
        self.record = RoleRecord(topology="orders", region="eu", role=Role.PRIMARY, epoch=1, orders=1)

    def read(self) -> Kept:
        return Kept(self.record, None, "1")

    def write(self, basis: Kept, *, record: RoleRecord) -> None:
        del basis
        self.record = record

    def report(self, report: object) -> None:
        del report


class Away:
    """Whatever else is asked of the region: no answer."""

    def get(self, path: str) -> None:
        raise ClusterUnreachable(path)


class Site:
    """An open database that can be shut down."""

    engine, region, namespace, name, cluster = "pg", "eu", "shop", "orders", Away()

    def __init__(self) -> None:
        self.table = document()["roles"]["eu"]
        self.paused = False

    def read(self, orders: int = 0) -> Reading:
        if self.paused:
            return Reading("2", "paused", True, True, True, Writes.FENCED, None, {}, orders=orders, order="fence")
        return Reading("1", "ready", False, True, True, Writes.OPEN, None, {}, orders=orders, order="open", epoch=1)

    def pause(self, reading: Reading, orders: int) -> None:
        del reading, orders
        self.paused = True


def started(answers: int, instance: str = "a") -> tuple[Agent, Records, Site]:
    site: Any = Site()
    records: Any = Records()
    store: Any = Store(answers)
    made = Agent(parse_document(document()), Placement("eu", instance), site, records, store, clock=lambda: 1000.0)
    return made, records, site


@pytest.mark.parametrize("answers", [0, 1], ids=["never", "once"])
def test_without_a_renewal_at_once_the_database_is_shut_down(answers):
    agent, records, site = started(answers)
    for _ in range(5):
        agent.turn()
    assert (site.paused, records.record.role) == (True, Role.FENCED)


def test_with_its_lease_renewed_at_once_it_goes_on_and_so_it_does_when_the_witness_falls_silent_later():
    agent, records, site = started(answers=2)
    for _ in range(5):
        agent.turn()
    # The clock stands still here: the renewal of the first look is valid.
    assert (site.paused, records.record.role) == (False, Role.PRIMARY)


def test_placed_on_another_node_it_shuts_the_database_down_whether_the_witness_answers_or_not():
    for answers in (0, 50):
        agent, records, site = started(answers, instance="b")
        for _ in range(5):
            agent.turn()
        assert site.paused
        assert records.record.role is Role.FENCED
