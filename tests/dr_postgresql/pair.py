"""Two regions with a real PostgreSQL each, their agents, and what a person does to them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dbaas_components.dr.decisions import approve, ask
from dbaas_components.dr.guards import GUARDS, Guard
from dbaas_components.dr.lease import Identity, Lease, LeaseRecord, LeaseStore, Observed, StoreUnreachable
from dbaas_components.dr.records import Approval, Role, RoleRecord, role_of
from dbaas_components.dr.roles import Event
from dbaas_components.dr.timing import LeaseTiming
from embedded.postgresql.server import DATABASE, REPLICATOR, SLOT, WRITER, PostgresServer
from tests.dr_postgresql.agent import Agent, Happening, RecordPlace
from tests.dr_postgresql.lag import LagLimit
from tests.dr_postgresql.site import Site

TOPOLOGY = "orders"
TIMING = LeaseTiming(
    lease_seconds=5.0,
    holder_validity=2.2,
    renew_every=0.2,
    request_timeout=0.5,
    tries=3,
    fence_seconds=1.5,
    agent_pause=1.0,
    clock_drift=0.01,
    challenger_wait=5.0,
)
"""Short, and within the same inequality as any other."""
LIMIT = LagLimit()
_REWINDING = ("pg_ls_dir(text, boolean, boolean)", "pg_stat_file(text, boolean)", "pg_read_binary_file(text)",
              "pg_read_binary_file(text, bigint, bigint, boolean)")  # fmt: skip


def build(east: PostgresServer, west: PostgresServer) -> tuple[Path, Path]:
    """The data of a primary and of its standby, both stopped in order."""
    east.create()
    east.start()
    passwords = east.passwords
    for statement in (
        f"create role {REPLICATOR} login replication in role pg_monitor password '{passwords.replicator}'",
        f"create role {WRITER} login password '{passwords.writer}'",
        f"create database {DATABASE}",
        *(f"grant execute on function pg_catalog.{function} to {REPLICATOR}" for function in _REWINDING),
        f"select pg_create_physical_replication_slot('{SLOT}', true)",
    ):
        east.does(statement)
    for statement in ("create table journal (entry text primary key)", f"grant insert on journal to {WRITER}"):
        east.does(statement, database=DATABASE)
    west.copy(east)
    west.start(follows=east)
    west.stop()
    east.stop()
    return east.data, west.data


class CuttableStore:
    """A lease store as one region reaches it: its network can be cut."""

    def __init__(self, store: LeaseStore) -> None:
        self._store = store
        self.cut = False

    @property
    def place(self) -> str:
        return self._store.place

    def load(self) -> tuple[str, str] | None:
        self._check()
        return self._store.load()

    def replace(self, text: str, version: str | None) -> str | None:
        self._check()
        return self._store.replace(text, version)

    def _check(self) -> None:
        if self.cut:
            raise StoreUnreachable("its network is cut")


@dataclass
class Region:
    """One side: its server, its record, its way to the lease and its agent of the moment."""

    site: Site
    store: CuttableStore
    record: RecordPlace = field(default_factory=RecordPlace)
    agent: Agent | None = None

    @property
    def name(self) -> str:
        return self.site.region

    @property
    def role(self) -> Role:
        return role_of(self.record.read())

    def takes_writes(self) -> bool:
        """Whether it is primary and was read back as one that clients are let in to."""
        return self.role is Role.PRIMARY and self.site.gate_open and self.site.server.refuses_clients() is None


class Pair:
    """The topology `orders`: east is its first primary, west follows it."""

    def __init__(self, servers: tuple[PostgresServer, PostgresServer], store: LeaseStore) -> None:
        self.east, self.west = (Region(Site(server.name, server), CuttableStore(store)) for server in servers)
        self.happenings: list[Happening] = []
        self._reader = Lease(store, Identity(TOPOLOGY, "a person", "a keyboard"))

    @property
    def regions(self) -> tuple[Region, Region]:
        return self.east, self.west

    def other(self, region: Region) -> Region:
        return self.west if region is self.east else self.east

    def start(self, data: tuple[Path, Path]) -> None:
        """Both sides with these data, nobody primary yet."""
        for region, files in zip(self.regions, data, strict=True):
            region.site.server.take(files)
        self.east.site.server.start()
        self.west.site.server.start(follows=self.east.site.server)

    def start_agent(self, region: Region, guards: Mapping[str, Guard] = GUARDS) -> None:
        """A new boot of the region's agent."""
        instance = uuid.uuid4().hex[:8]
        region.agent = Agent(
            region.site,
            self.other(region).site,
            Lease(region.store, Identity(TOPOLOGY, region.name, instance)),
            region.record,
            topology=TOPOLOGY,
            instance=instance,
            timing=TIMING,
            declared_primary=region is self.east,
            limit=LIMIT,
            happenings=self.happenings,
            guards=guards,
        )
        region.agent.start()

    def stop(self) -> None:
        """Agents first, so that none opens what is being stopped."""
        for region in self.regions:
            if region.agent:
                region.agent.stop()
        for region in self.regions:
            region.site.server.kill()

    def lease(self) -> LeaseRecord | None:
        found = self._reader.read()
        if not isinstance(found, Observed):
            raise AssertionError(f"the lease cannot be read: {found}")
        return found.record

    def approve(self, region: Region, *, planned: bool) -> None:
        """A person's word that this region shall be promoted."""
        lease = self.lease()
        approval = Approval(epoch=lease.epoch if lease else 0, planned=planned, by="a person")
        region.record.change(lambda seen: approve(seen, approval, topology=TOPOLOGY, region=region.name))

    def ask(self, region: Region, event: Event, *, successor: str | None = None, contained: bool | None = None) -> None:
        """A person's request. Raises `PermissionError` with the reason where the guards refuse it."""

        def written(seen: RoleRecord | None) -> RoleRecord:
            intent = ask(
                seen,
                event,
                topology=TOPOLOGY,
                region=region.name,
                history_contained=contained,
                another_primary=self.other(region).takes_writes(),
                successor=successor,
            )
            if intent.record is None:
                raise PermissionError(intent.reason)
            return intent.record

        region.record.change(written)

    def hand_over(self, old: Region, new: Region, *, planned: bool) -> None:
        """What a switchover asks for, and a failover whose old side can still be reached."""
        self.approve(new, planned=planned)
        self.ask(old, Event.FENCE, successor=new.name)

    def rejoin(self, region: Region) -> None:
        """A fenced region follows the other one. Refused where its data is not proven to be part of that line."""
        primary = self.other(region).site.server
        self.ask(region, Event.REJOIN, contained=region.site.history_contained_in(primary))
        region.site.follow(primary)

    def wait(self, what: str, condition: Callable[[], bool], patience: float = 25.0) -> None:
        """Waits for a condition; what the agents did is the message where it does not come."""
        deadline = time.monotonic() + patience
        while not condition():
            for region in self.regions:
                if region.agent and region.agent.failure:
                    raise AssertionError(f"the agent of {region.name} failed:\n{region.agent.failure}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {patience:.0f} s: {what}\n{self.story()}")
            time.sleep(0.02)

    def wait_for_role(self, region: Region, role: Role, patience: float = 25.0) -> None:
        self.wait(f"{region.name} is {role}", lambda: region.role is role, patience)

    def story(self) -> str:
        begin = self.happenings[0].at if self.happenings else 0.0
        lines = [f"{one.at - begin:7.2f} {one.region} {one.role}: {one.what}" for one in self.happenings[-40:]]
        now = [
            f"{region.name}: {region.role}, {region.agent.reason if region.agent else 'no agent'}"
            for region in self.regions
        ]
        return "\n".join([*lines, *now, f"lease: {self.lease()}"])

    def rows(self, region: Region) -> set[str]:
        """What stands in the journal there."""
        found = region.site.server.asked("select coalesce(string_agg(entry, ','), '') from journal", database=DATABASE)
        return set(found[0].split(",")) - {""}
