"""What an agent says of the last writes when it gives a lease back."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from dbaas_components.dr.agent.agent import Agent, Placement
from dbaas_components.dr.failover.cluster import ClusterUnreachable
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.records import Kept
from dbaas_components.dr.failover.site import Reading
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, WonBy, text_of
from dbaas_components.dr.records import Role, RoleRecord
from tests.unit.dr_verbs.documents import document

# Taken from eu, which handed over at 0/7000; us was not promoted under it.
TAKEN = LeaseRecord(
    topology="orders",
    holder="us",
    instance="b",
    epoch=2,
    won_by=WonBy.RELEASE,
    writer="eu",
    handed_over=True,
    position="0/7000",
)


class Store:
    """One record in memory."""

    place = "memory"

    def __init__(self, record: LeaseRecord) -> None:
        self.text, self.version = text_of(record), 1

    def load(self) -> tuple[str, str]:
        return self.text, str(self.version)

    def replace(self, text: str, version: str | None) -> str | None:
        if version != str(self.version):
            return None
        self.text, self.version = text, self.version + 1
        return str(self.version)


class Records:
    """The role record of us, which nobody approves."""

    def __init__(self, record: RoleRecord) -> None:
        self._record = record

    def read(self) -> Kept:
        return Kept(self._record, None, "1")

    def report(self, report: object) -> None:
        del report


class Away:
    """Whatever else is asked of the region: no answer."""

    def get(self, path: str) -> None:
        raise ClusterUnreachable(path)


class Site:
    """A database that is shut down and confirmed it."""

    engine, region, namespace, name, table, cluster = "pg", "us", "shop", "orders", MappingProxyType({}), Away()

    def read(self, orders: int) -> Reading:
        return Reading("1", "paused", True, False, True, Writes.FENCED, None, {}, orders=orders, order="fence")


def given_back(role: Role, epoch: int) -> LeaseRecord:
    store = Store(TAKEN)
    records: Any = Records(RoleRecord(topology="orders", region="us", role=role, epoch=epoch, hold=True))
    site: Any = Site()
    told = parse_document(document("pxc"))
    agent = Agent(told, Placement("us", "b"), site, records, store, clock=lambda: 100.0)
    for _ in range(3):
        agent.turn()
    found = LeaseRecord.model_validate_json(store.text)
    assert found.released
    return found


def test_a_successor_that_was_not_promoted_hands_on_what_it_was_handed():
    found = given_back(Role.FENCED, 0)
    assert (found.writer, found.handed_over, found.position) == ("eu", True, "0/7000")


def test_a_region_that_was_promoted_under_the_lease_hands_over_itself():
    found = given_back(Role.FENCED, 2)
    assert (found.writer, found.handed_over, found.position) == ("us", True, "")
