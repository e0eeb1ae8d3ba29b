"""A topology whose clients follow a cloud's record, as the step that moves traffic sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dbaas_components.dr.failover.document import TopologyDocument, parse_document
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook
from dbaas_components.dr.failover.live import SiteState
from dbaas_components.dr.failover.records import Kept
from dbaas_components.dr.failover.records_in_clouds import CloudRecord
from dbaas_components.dr.failover.site import Site, reading_of
from dbaas_components.dr.failover.steps import Done, Outcome, Runner, Step
from dbaas_components.dr.failover.traffic import Traffic
from dbaas_components.dr.records import Role, RoleRecord
from dbaas_components.dr.topology.handover import topology_document
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.traffic.records import record
from tests.unit.topology.examples import example

OLD, NEW = "write.eu.db.example.com", "write.us.db.example.com"


def design_of(traffic: dict[str, Any]) -> Any:
    given = example("pg-both", traffic=traffic)
    for region, host in (("eu", OLD), ("us", NEW)):
        given["regions"][region]["write_host"] = host
    return parse_topology("orders", given)


def document_of(traffic: dict[str, Any], **settings: Any) -> TopologyDocument:
    clusters = {"eu": {"context": "eu"}, "us": {"context": "us"}}
    return parse_document(topology_document(design_of(traffic), clusters, witness={"context": "third"}, **settings))


def made(traffic: dict[str, Any]) -> dict[str, Any]:
    """The record's properties as the stack registers them, with eu as the primary."""
    from dbaas_components.dr.topology.plan import target

    design = design_of(traffic)
    return record(design.topology.traffic, target(design.primary))


class Silent:
    def began(self, name: str) -> None: ...

    def waits(self, name: str, reason: str) -> None: ...

    def ended(self, name: str, outcome: str, seconds: float) -> None: ...


class Stage:
    """The step `move traffic` of a change from eu to us, with sites that are said to be in a state."""

    def __init__(self, document: TopologyDocument, folder: Path, cloud: CloudRecord | None, clusters: Any = None):
        evidence = Evidence(
            run="orders-failover-1-us", verb="failover", topology="orders", engine="pg", by="a tester", begin="now"
        )
        self.book = EvidenceBook(evidence, folder, [])
        self.open = False
        given: Any = clusters or dict.fromkeys(document.roles)
        self.document = document
        self.sites = {region: Site("pg", region, table, given[region]) for region, table in document.roles.items()}
        live = SimpleNamespace(document=document, connections=SimpleNamespace(sites=self.sites), site=self._site)
        switch: Any = SimpleNamespace(live=live, book=self.book, old="eu", new="us", old_follows=Done)
        self.traffic = Traffic(switch, cloud)
        self._step = Step("move traffic", self.traffic.moved)
        self._turns = 0
        self.runner = Runner(self.book, Silent(), timeout=5, clock=lambda: float(self._turns), sleep=self._sleep)

    def run(self, turn: Callable[[], Outcome] | None = None) -> bool:
        return self.runner.run([Step("another", turn) if turn else self._step])

    def _sleep(self, seconds: float) -> None:
        self._turns += 1

    def _site(self, region: str) -> SiteState:
        spec = {"standby": {"enabled": not self.open}}
        told = {"metadata": {"generation": 1, "resourceVersion": "1"}, "spec": spec}
        reading = reading_of("pg", {**told, "status": {"state": "ready", "observedGeneration": 1}})
        role = RoleRecord(topology="orders", region=region, role=Role.PRIMARY, epoch=2, incarnation=2)
        return SiteState(region, Kept(role, None, None), reading, None)
