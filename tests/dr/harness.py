"""Two regions and a witness on embedded control planes, with agents that run and operators that are played.

What is real: three API servers with the official definitions, the lease, the records, the agents' and the verbs' own
code over real connections. What is played: the operators and the databases. A played operator moves a custom resource's
status as the real one does (stopping before paused, initializing before ready, the observed generation behind the
specification), and keeps the count of acknowledged rows that a real database would hold.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.agent.agent import Agent, Placement
from dbaas_components.dr.agent.votes import Votes
from dbaas_components.dr.failover.access import Connections, open_connections
from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable, KubernetesCluster
from dbaas_components.dr.failover.document import TopologyDocument, document_of, parse_document
from dbaas_components.dr.failover.site import BEHAVIOUR, Site
from dbaas_components.dr.lease.interface import Identity, Lease, Observed
from dbaas_components.dr.records import RoleRecord
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan, role_table
from embedded.control_plane import ControlPlane, Running
from tests.api.objects import ApiServer
from tests.dr.played_cluster_set import PlayedClusterSet
from tests.unit.topology.examples import example

REGIONS = ("eu", "us")
WITNESS = "witness"
# Short, and still safe: (3 + 0.3 + 1.5) * 1.01 = 4.85 < 5 * 0.99 = 4.95 and 2 * (0.4 + 1) = 2.8 < 3.
TIMING = {
    "lease_seconds": 5,
    "holder_validity": 3,
    "renew_every": 0.4,
    "request_timeout": 1,
    "tries": 2,
    "fence_seconds": 1.5,
    "agent_pause": 0.3,
    "challenger_wait": 5,
}
EXAMPLE = {"pg": "pg-both", "pxc": "pxc-channels", "ps": "ps-cluster_set", "psmdb": "psmdb-replica_set"}
_DEFINITIONS = {"pg": "pg/3.0.0", "pxc": "pxc/1.20.0", "ps": "ps/1.2.0", "psmdb": "psmdb/1.22.0"}
_SLOW = 0.15
"""Seconds that a played operator takes for each step."""


@dataclass
class Planes:
    """The three control planes."""

    planes: Mapping[str, ControlPlane]
    running: dict[str, Running]

    def kill(self, name: str) -> None:
        """Ends a control plane; its data stays."""
        self.planes[name].stop()

    def revive(self, name: str) -> None:
        """Starts it again, at the port that its kubeconfig names."""
        self.running[name] = self.planes[name].start()

    def restore(self) -> None:
        """Every control plane that a failed test left dead runs again."""
        for name, plane in self.planes.items():
            if plane.status() is None:
                self.revive(name)

    def freeze(self, name: str) -> None:
        """Stops every process of it without ending one (SIGSTOP)."""
        for pid in _family(self.running[name].pid):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Lets them go on."""
        for pid in _family(self.running[name].pid):
            os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def three_planes(folder: Path) -> Iterator[Planes]:
    """Starts them, and deletes them afterwards."""
    planes = {name: ControlPlane(f"dr-{name}", folder / name) for name in (*REGIONS, WITNESS)}
    try:
        yield Planes(planes, {name: plane.start() for name, plane in planes.items()})
    finally:
        for plane in planes.values():
            plane.forget()


def install(planes: Planes, crds: Path, engine: str) -> None:
    """The official definitions of one engine, in both regions."""
    bundle = [one for one in yaml.safe_load_all((crds / _DEFINITIONS[engine] / "crd.yaml").read_text()) if one]
    for region in REGIONS:
        ApiServer(planes.running[region].kubeconfig).install(bundle)


class World:
    """What the played databases hold: how many rows each site acknowledged or replayed, and who takes writes."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[str, int] = dict.fromkeys(REGIONS, 0)
        self.follows: dict[str, str | None] = dict.fromkeys(REGIONS, None)
        self.open: dict[str, bool] = dict.fromkeys(REGIONS, False)
        self.lost: set[str] = set()
        """Regions whose databases are gone with everything else."""
        self.two_at_once = False
        self.replay = True
        """Whether standbys receive anything."""
        self.acknowledged = 0

    def turn(self, region: str) -> None:
        """One moment of one database."""
        with self.lock:
            open_now = [one for one in REGIONS if self.open[one] and one not in self.lost]
            self.two_at_once |= len(open_now) > 1
            if region in self.lost:
                return
            if self.open[region]:
                self.rows[region] += 1
                self.acknowledged = max(self.acknowledged, self.rows[region])
            source = self.follows[region]
            if source and self.replay and source not in self.lost:
                self.rows[region] = max(self.rows[region], self.rows[source])


@dataclass
class PlayedOperator:
    """The operator of one region and its database, played."""

    engine: str
    site: Site
    world: World
    stop: threading.Event = field(default_factory=threading.Event)
    _lag_round: int = 0
    _state: str = ""
    _changed: float = 0.0

    def run(self) -> None:
        """Until it is stopped."""
        while not self.stop.is_set():
            with contextlib.suppress(ClusterUnreachable, ClusterRefused):
                self._turn()
            self.world.turn(self.site.region)
            self.stop.wait(0.05)

    def _turn(self) -> None:
        if self.site.region in self.world.lost:
            return
        manifest = self.site.cluster.get(self.site.path())
        if manifest is None:
            return
        self._jobs()
        status = manifest.get("status") or {}
        state = self._next(str(status.get("state", "")), manifest["spec"])
        told: dict[str, Any] = {"state": state}
        if self.engine == "psmdb":
            told |= {"ready": 3, "size": 3}
        if BEHAVIOUR[self.engine].observes_generation:
            told["observedGeneration"] = manifest["metadata"]["generation"]
        primary = BEHAVIOUR[self.engine].is_primary(manifest["spec"])
        self._apply(state, primary=primary)
        if self.engine == "pg" and not primary:
            told["standby"] = self._lag()
        if any(status.get(key) != value for key, value in told.items()):
            self.site.cluster.merge(f"{self.site.path()}/status", {"status": told})

    def _next(self, state: str, spec: Mapping[str, Any]) -> str:
        """One step at a time, and each takes a while."""
        wanted = "paused" if spec.get("pause") else "ready"
        if state == wanted:
            return state
        between = "stopping" if wanted == "paused" else "initializing"
        now = time.monotonic()
        if state != between:
            self._changed = now
            return between if state else "initializing"
        return wanted if now - self._changed >= _SLOW else state

    def _apply(self, state: str, *, primary: bool) -> None:
        """What the database does: it takes writes until it is shut down, and never before it is up."""
        region, world = self.site.region, self.world
        other = next(one for one in REGIONS if one != region)
        with world.lock:
            if state == "ready":
                world.open[region] = primary
                world.follows[region] = None if primary else other
            elif state in ("paused", "initializing"):
                world.open[region] = False
                world.follows[region] = None

    def _lag(self) -> dict[str, Any]:
        region = self.site.region
        other = next(one for one in REGIONS if one != region)
        self._lag_round += 1
        with self.world.lock:
            behind = max(0, self.world.rows[other] - self.world.rows[region])
        # Another time with each measurement, as the operator writes it.
        minute, second = divmod(self._lag_round // 4 % 3600, 60)
        return {"lagBytes": behind, "lagLastComputedAt": f"2026-01-01T10:{minute:02d}:{second:02d}Z"}

    def _jobs(self) -> None:
        """The Jobs controller and the pod behind it: a Job that is there succeeds."""
        if self.engine != "psmdb":
            return
        folder = f"/apis/batch/v1/namespaces/{self.site.namespace}/jobs"
        for one in (self.site.cluster.get(folder) or {}).get("items", []):
            if not one.get("status", {}).get("succeeded"):
                path = f"{folder}/{one['metadata']['name']}/status"
                self.site.cluster.merge(path, {"status": {"succeeded": 1}})


@dataclass
class RunningAgent:
    """An agent in a thread of its own."""

    agent: Agent
    stop: threading.Event = field(default_factory=threading.Event)
    frozen: threading.Event = field(default_factory=threading.Event)
    said: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set():
            if not self.frozen.is_set():
                intent = self.agent.turn()
                words = f"{intent.action}: {intent.reason}"
                if not self.said or self.said[-1] != words:
                    self.said.append(words)
            self.stop.wait(0.1)


@dataclass
class RunningObserver:
    """The third vantage point, in a thread of its own."""

    votes: Votes
    lease: Lease
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.is_set():
            found = self.lease.read()
            if isinstance(found, Observed) and found.record:
                self.votes.cast(found.record, time.monotonic())
            self.stop.wait(0.2)


class Stage:
    """One topology on three control planes, with everything that runs around it."""

    def __init__(self, planes: Planes, engine: str, namespace: str, **settings: Any) -> None:
        self.planes = planes
        self.engine = engine
        self.world = World()
        self.document, self._manifests, self._cluster_set = _documents(planes, engine, namespace, settings)
        self.file = Path(planes.running[WITNESS].kubeconfig).parent / f"{namespace}.json"
        self.file.write_text(self.document.model_dump_json(exclude_none=True))
        self.agents: dict[str, RunningAgent] = {}
        self._operators: dict[str, PlayedOperator] = {}
        self._threads: list[threading.Thread] = []
        self._boots = 0
        self._observers: list[RunningObserver] = []
        self._cluster_sets: list[PlayedClusterSet] = []

    def start(self) -> None:
        """Databases, operators and agents; returns when the first primary holds the lease and the standby follows."""
        for name in (*REGIONS, WITNESS):
            ApiServer(self.planes.running[name].kubeconfig).new_namespace(self.namespace)
        for region, manifest in self._manifests.items():
            server = ApiServer(self.planes.running[region].kubeconfig)
            server.apply(f"/api/v1/namespaces/{self.namespace}/secrets/bucket-keys", _keys(self.namespace))
            server.apply(self.connect().sites[region].path(), manifest)
            site = self.connect().sites[region]
            for named in [self.document.traffic.get(region)]:
                if named:
                    server.apply(site.core("services", named["name"]), _service(self.namespace, named["name"]))
            self._operators[region] = PlayedOperator(self.engine, site, self.world)
            self._begin(self._operators[region].run)
        for region, manifest in self._cluster_set.items():
            site = self.connect().sites[region]
            path = site.path(manifest["kind"], manifest["metadata"]["name"])
            ApiServer(self.planes.running[region].kubeconfig).apply(path, manifest)
            played = PlayedClusterSet(site, path, manifest["spec"]["primaryCluster"])
            self._cluster_sets.append(played)
            played.start()
        for region in REGIONS:
            self.start_agent(region)
        self.wait(lambda: self.role("eu") == "primary", "eu becomes primary")
        self.wait(lambda: self.role("us") in ("standby", "streaming"), "us stands by")
        self.wait(self._ready, "us says that it could be promoted")

    @property
    def namespace(self) -> str:
        """Where everything is, in all three."""
        return str(self.document.roles["eu"]["namespace"])

    def connect(self) -> Connections:
        """Connections of one's own."""
        return open_connections(self.document)

    def start_agent(self, region: str) -> RunningAgent:
        """An agent placed anew: another instance."""
        self._boots += 1
        found = self.connect()
        placement = Placement(region, f"boot-{self._boots}")
        agent = Agent(
            self.document,
            placement,
            found.sites[region],
            found.records[region],
            found.lease,
            votes=self.votes(region) if self.document.automatic else None,
        )
        self.agents[region] = RunningAgent(agent)
        self._begin(self.agents[region].run)
        return self.agents[region]

    def votes(self, voter: str) -> Votes:
        """The votes of one vantage point, whose health check asks the played databases."""
        witness = self.connect().witness
        assert witness is not None, "the stage has a witness"
        return Votes(
            witness,
            self.namespace,
            topology="orders",
            voter=voter,
            voters=[*REGIONS, WITNESS],
            healthy=lambda region: region not in self.world.lost,
            fresh_seconds=2.0,
        )

    def observe(self) -> None:
        """The observer in the witness, as the agent's program runs it there."""
        votes, lease = self.votes(WITNESS), Lease(self.connect().lease, Identity("orders", WITNESS, "observer"))
        running = RunningObserver(votes, lease)
        self._observers.append(running)
        self._begin(running.run)

    def stop_agent(self, region: str) -> None:
        """Ends it where it stands."""
        self.agents[region].stop.set()

    def stop_operator(self, region: str) -> None:
        """Ends the operator alone: the database goes on as it was, and no order is carried out any more."""
        self._operators[region].stop.set()

    def lose(self, region: str) -> None:
        """The whole region is gone: control plane, agent and database."""
        self.stop_agent(region)
        with self.world.lock:
            self.world.lost.add(region)
        self.planes.kill(region)

    def bring_back(self, region: str) -> None:
        """It comes back as it was: the custom resource of an old primary says so still."""
        self.planes.revive(region)
        with self.world.lock:
            self.world.lost.discard(region)
            # Its pods have to start first.
            self.world.open[region] = False
        self.start_agent(region)

    def record(self, region: str) -> RoleRecord | None:
        """The role record, or None where it cannot be read."""
        try:
            return self.connect().records[region].read().record
        except (ClusterUnreachable, ClusterRefused):
            return None

    def role(self, region: str) -> str:
        """The role that stands in the record; empty where there is none."""
        found = self.record(region)
        return str(found.role) if found else ""

    def spec(self, region: str) -> dict[str, Any]:
        """The custom resource's specification."""
        site = self.connect().sites[region]
        return (site.cluster.get(site.path()) or {})["spec"]

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Until it is so. Fails with what the agents said last."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                said = {region: one.said[-6:] for region, one in self.agents.items()}
                raise AssertionError(f"after {seconds} s still not so: {what}; agents: {said}")
            time.sleep(0.1)

    def end(self) -> None:
        """Ends every thread."""
        for one in (*self._operators.values(), *self.agents.values(), *self._observers):
            one.stop.set()
        for one in self._cluster_sets:
            one.end()
        for thread in self._threads:
            thread.join(timeout=20)

    def _ready(self) -> bool:
        report = self.connect().records["us"].read_report()
        if report is None or report.history_contained is not True:
            return False
        return self.engine != "pg" or report.lag_within_limit is True

    def _begin(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)


def _documents(
    planes: Planes, engine: str, namespace: str, settings: Mapping[str, Any]
) -> tuple[TopologyDocument, dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    given = example(EXAMPLE[engine], traffic={"service": {}})
    given["database"] = {**given["database"], "namespace": namespace}
    given["regions"] = {
        region: {**found, "write_host": f"write.{region}.db.example.com"} for region, found in given["regions"].items()
    }
    design = parse_topology("orders", given)
    outputs = {
        "engine": engine,
        "mode": design.topology.mode,
        "primary_region": "eu",
        "epoch": design.topology.epoch,
        "roles": role_table(design),
        "traffic_ttl": 30,
    }
    access = {name: {"kubeconfig": str(planes.running[name].kubeconfig)} for name in (*REGIONS, WITNESS)}
    alias = {region: {"kind": "service", "name": "orders-primary-site"} for region in REGIONS}
    given_settings: dict[str, Any] = {
        "witness": {**access[WITNESS], "namespace": namespace},
        "timing": TIMING,
        "environment": "staging",
        "traffic": alias,
        **settings,
    }
    document = document_of("orders", outputs, {region: access[region] for region in REGIONS}, **given_settings)
    manifests: dict[str, dict[str, Any]] = {}
    for region in REGIONS:
        composed = compose(parse_database("orders", plan(design, region).arguments)).manifests()
        kind = document["roles"][region]["kind"]
        manifests[region] = next(one for one in composed if one["kind"] == kind)
    sets = {
        region: one.manifest
        for region in REGIONS
        for one in plan(design, region).after
        if one.manifest["kind"] == "PerconaServerMySQLClusterSet"
    }
    return parse_document(document), manifests, sets


def _service(namespace: str, name: str) -> dict[str, Any]:
    spec = {"type": "ExternalName", "externalName": "write.eu.db.example.com"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _keys(namespace: str) -> dict[str, Any]:
    metadata = {"name": "bucket-keys", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"real": "keys"}}


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if int(stat[1]) == pid:
                    found += _family(int(entry.name))
    return found


__all__ = ["KubernetesCluster", "Planes", "PlayedOperator", "Stage", "World", "install", "three_planes"]
