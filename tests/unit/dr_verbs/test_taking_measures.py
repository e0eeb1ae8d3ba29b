"""When an agent takes the measures again: not at every round, and at once where a shutdown lets more be taken."""

from __future__ import annotations

from typing import Any

from dbaas_components.dr.failover.site import ORDER, there
from dbaas_components.dr.lease.interface import LeaseRecord, WonBy
from dbaas_components.dr.measures.measured import NETWORK_DENY, REVOKED, Measured, State
from dbaas_components.dr.measures.taking import LOOK_AGAIN_SECONDS, Taking
from dbaas_components.dr.records import Role, RoleRecord
from tests.unit.dr_verbs.test_revocation import held


class Deny:
    """A policy that is there, and counts how often it was read."""

    topology, place = "orders", "eu"

    def __init__(self) -> None:
        self.reads = 0

    def read(self) -> Measured:
        self.reads += 1
        return Measured(NETWORK_DENY, State.IN_FORCE, "applied", "eu")


def test_a_shutdown_that_is_confirmed_late_has_the_keys_taken_in_the_same_round():
    site, cluster = held("ps")  # No field takes its role away, so that the keys alone are asked.
    cluster.manifest["spec"]["pause"] = True
    cluster.manifest["metadata"].update(generation=2, annotations={ORDER: "fence 1"})
    cluster.manifest["status"] = {"state": "stopping", "observedGeneration": 2}
    deny: Any = Deny()
    endpoint: Any = type("Endpoint", (), {"possible": False})()
    taking = Taking(site, deny, endpoint, retry_seconds=1)
    record = RoleRecord(topology="orders", region="eu", role=Role.FENCED, epoch=1, orders=1)
    lease = LeaseRecord(topology="orders", holder="us", instance="b", epoch=2, won_by=WonBy.EXPIRY)
    taking.turn(record, there(site), lease, 0.0)
    assert deny.reads == 1
    assert REVOKED not in taking.told
    taking.turn(record, there(site), lease, 1.0)
    assert deny.reads == 1
    cluster.manifest["status"]["state"] = "paused"
    taking.turn(record, there(site), lease, 2.0)
    assert taking.told[REVOKED].startswith("in force")
    reads = deny.reads
    taking.turn(record, there(site), lease, 3.0)
    assert deny.reads == reads
    taking.turn(record, there(site), lease, 2.0 + LOOK_AGAIN_SECONDS)
    assert deny.reads > reads
