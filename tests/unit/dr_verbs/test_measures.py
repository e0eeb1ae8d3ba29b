"""The measures beside the fence: for whom, when they are taken and lifted, and what they are told as. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dbaas_components.databases import engines as databases
from dbaas_components.dr.agent.looking import LagMemory, Look, valid_wishes
from dbaas_components.dr.decisions import Watch
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook, read_evidence
from dbaas_components.dr.failover.operator_facts import DATABASE_LABEL, OPERATOR_NAMESPACES
from dbaas_components.dr.failover.records import Kept, Wishes
from dbaas_components.dr.failover.site import Reading, Site
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord, Observed, WonBy
from dbaas_components.dr.measures.archive import archive_apart, archive_places
from dbaas_components.dr.measures.measured import (
    ADDRESSES,
    ARCHIVE,
    ENDPOINT,
    NETWORK_DENY,
    REVOKED,
    ROLE,
    Measured,
    State,
)
from dbaas_components.dr.measures.network_deny import NetworkDeny
from dbaas_components.dr.measures.table import measure_rows
from dbaas_components.dr.measures.taken_role import closing_fields, role_taken, take_role
from dbaas_components.dr.measures.taking import measures_wanted
from dbaas_components.dr.records import Role, RoleRecord
from tests.unit.dr_verbs.documents import document

ENGINES = ["pg", "ps", "psmdb", "pxc"]
GUIDE = Path(__file__).parents[3] / "docs" / "failover.md"


def record(role: Role, successor: str | None = None) -> RoleRecord:
    return RoleRecord(
        topology="orders", region="eu", role=role, epoch=1, hold=successor is not None, successor=successor
    )


def reading(
    writes: Writes | None, *, paused: bool = True, order: str = "fence", spec: dict[str, Any] | None = None
) -> Reading:
    return Reading("1", "paused", paused, True, True, writes, None, spec or {}, orders=1, order=order)


def site(engine: str, cluster: Any = None) -> Site:
    return Site(engine, "eu", document(engine)["roles"]["eu"], cluster)


SHUTTING, SHUT = reading(None), reading(Writes.FENCED)


@pytest.mark.parametrize(
    ("held", "seen", "wanted"),
    [
        (record(Role.FENCING), SHUTTING, True),
        (record(Role.FENCED), SHUT, True),
        # The last writes still have to reach the successor.
        (record(Role.FENCING, "us"), SHUTTING, None),
        (record(Role.FENCED, "us"), SHUT, True),
        # Handed over without a shutdown: its pods are members that the others need.
        (record(Role.FENCED, "us"), reading(Writes.FENCED, paused=False), None),
        (record(Role.FENCING), reading(Writes.OPEN, paused=False, order="open"), None),
        (record(Role.FENCED), None, None),
        (record(Role.PROMOTING), SHUT, False),
        (record(Role.PRIMARY), reading(Writes.OPEN, paused=False, order="open"), False),
        (record(Role.STANDBY), SHUT, False),
        (record(Role.SEEDING), SHUT, False),
        (record(Role.FAILED), SHUT, None),
        (None, None, False),
    ],
)
def test_measures_are_taken_behind_a_fence_and_lifted_before_clients_come(held, seen, wanted):
    assert measures_wanted(held, seen) is wanted


@pytest.mark.parametrize("engine", ENGINES)
def test_a_databases_label_and_its_operators_namespace_are_those_of_the_engines_table(engine):
    rules = databases.ENGINES[engine].network
    assert dict(rules.pods) == {DATABASE_LABEL[engine]: "{name}"}
    assert rules.operator_namespace in OPERATOR_NAMESPACES[engine]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_policy_lets_in_the_database_s_own_pods_and_its_operator_and_nobody_else(engine):
    spec = NetworkDeny(site(engine), "orders").manifest()["spec"]
    own, operator = (one["from"] for one in spec["ingress"])
    assert own == [{"podSelector": spec["podSelector"]}]
    assert list(spec["podSelector"]["matchLabels"].values()) == [site(engine).name]
    (expression,) = operator[0]["namespaceSelector"]["matchExpressions"]
    assert f"{engine}-operator" in expression["values"]
    assert (spec["policyTypes"], len(spec["ingress"])) == (["Ingress"], 2)


class Written:
    """Keeps what is applied."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.bodies.append(body)
        return body


@pytest.mark.parametrize("engine", ["pg", "pxc", "psmdb"])
def test_the_role_is_taken_away_and_the_site_stays_shut_down_under_the_same_order(engine):
    cluster: Any = Written()
    place = site(engine, cluster)
    primary: dict[str, Any] = {
        "pg": {"standby": {"enabled": False}, "backups": {"pgbackrest": {"global": {"repo1-path": "/a/epoch-1"}}}},
        "pxc": {"pxc": {"replicationChannels": [{"name": "orders", "isSource": True}]}},
        "psmdb": {"unmanaged": False, "updateStrategy": "SmartUpdate"},
    }[engine]
    before = reading(Writes.FENCED, spec=primary)
    assert role_taken(place, before).state is State.NOT_IN_FORCE
    assert take_role(place, before, "us", 2)
    (body,) = cluster.bodies
    assert body["spec"]["pause"] is True
    assert body["metadata"]["resourceVersion"] == "1"
    assert "fence 1" in body["metadata"]["annotations"].values()
    after = reading(Writes.FENCED, spec=body["spec"])
    assert role_taken(place, after).state is State.IN_FORCE
    assert not take_role(place, after, "us", 2)
    if engine == "pg":
        # Never near the place of the new primary's epoch.
        assert body["spec"]["backups"]["pgbackrest"]["global"]["repo1-path"] == "/a/epoch-1"


def test_ps_has_no_field_that_takes_writes_away_and_none_is_written():
    assert closing_fields(site("ps"), "us", 2) == []
    assert not take_role(site("ps"), SHUT, "us", 2)
    assert role_taken(site("ps"), SHUT).state is State.NOT_POSSIBLE


def pg(path: str) -> dict[str, Any]:
    repos = [{"name": "repo1", "s3": {"bucket": "backups"}}, {"name": "repo2", "volume": {}}]
    return {"backups": {"pgbackrest": {"repos": repos, "global": {"repo1-path": path}}}}


def storages(prefix: str) -> dict[str, Any]:
    return {"backup": {"storages": {"main": {"type": "s3", "s3": {"bucket": "backups", "prefix": prefix}}}}}


@pytest.mark.parametrize(
    ("engine", "old", "new", "state"),
    [
        ("pg", pg("/shop/orders/1/epoch-1"), pg("/shop/orders/1/epoch-2"), State.IN_FORCE),
        ("pg", pg("/shop/orders/1/epoch-1"), pg("/shop/orders/1/epoch-1"), State.NOT_IN_FORCE),
        ("pg", pg("/shop/orders/1/epoch-1"), pg("/shop/orders/1/epoch-10"), State.IN_FORCE),
        ("pg", {}, pg("/a"), State.NOT_POSSIBLE),
        ("pxc", storages("shop/orders/1/eu"), storages("shop/orders/1/us"), State.IN_FORCE),
        ("psmdb", storages("shop/orders/1"), storages("shop/orders/1/us"), State.NOT_IN_FORCE),
        ("ps", storages(""), storages("us"), State.NOT_IN_FORCE),
    ],
)
def test_two_sites_write_to_two_places_or_the_measure_does_not_hold(engine, old, new, state):
    assert archive_apart(engine, "eu", old, new).state is state


def test_the_role_fields_of_pg_move_the_archive_with_each_epoch():
    place = site("pg")
    paths = [dict(place.role_fields("eu", epoch))['spec.backups.pgbackrest.global["repo1-path"]'] for epoch in (1, 2)]
    assert archive_places("pg", pg(paths[0])) != archive_places("pg", pg(paths[1]))
    assert archive_apart("pg", "eu", pg(paths[0]), pg(paths[1])).state is State.IN_FORCE


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_a_word_on_every_measure_and_the_guide_has_the_same(engine):
    rows = measure_rows(engine)
    assert [one.name for one in rows] == [NETWORK_DENY, ENDPOINT, ADDRESSES, ROLE, ARCHIVE, REVOKED]
    guide = GUIDE.read_text()
    for one in rows:
        does = one.does if one.possible else f"not possible: {one.does}"
        assert f"| {engine} | {one.name} | {does} | {one.source} |" in guide


EVIDENCE: dict[str, Any] = {
    "run": "orders-failover-1-us",
    "verb": "failover",
    "topology": "orders",
    "engine": "pg",
    "by": "a tester",
    "begin": "2026-01-01T10:00:00.000+00:00",
}


def test_a_measure_is_told_once_for_each_state_and_a_record_without_measures_is_read(tmp_path):
    book = EvidenceBook(Evidence(**EVIDENCE), tmp_path, [], lambda: "now")
    found = Measured(NETWORK_DENY, State.NOT_IN_FORCE, "it is not there", "eu: NetworkPolicy")
    for one in (found, found, Measured(NETWORK_DENY, State.IN_FORCE, "applied", "eu: NetworkPolicy")):
        book.measured("eu", one)
    assert [one.state for one in book.evidence.measures] == ["not in force", "in force"]
    assert book.evidence.proofs == []
    older = book.evidence.model_dump_json(exclude={"measures"})
    assert read_evidence(older) is not None


@pytest.mark.parametrize("engine", ENGINES)
def test_an_agent_heeds_no_override_in_prod_unless_the_document_names_it_nor_one_of_another_database(engine):
    lease = LeaseRecord(topology="orders", holder="eu", instance="a", epoch=1, won_by=WonBy.FIRST)

    def heeded(database: str, **settings: Any) -> bool:
        wishes = Wishes(epoch=1, database=database, override_fencing=True)
        look = Look(0.0, Kept(None, wishes, "1"), True, None, Watch(Observed(lease, "1"), 0.0), None, LagMemory())
        found = valid_wishes(parse_document(document(engine, **settings)), look)
        return found is not None and found.override_fencing

    assert not heeded("orders")
    assert not heeded("orders", environment="production")
    assert heeded("orders", overrides_allowed=["override-fencing"])
    assert heeded("orders", environment="staging")
    assert not heeded("another", environment="staging")
