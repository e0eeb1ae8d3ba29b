"""One engine's topology on the three control planes: agents and verbs as processes of their own, operators played."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import urllib3
import yaml

from dbaas_components.dr.agent.manifests import AgentPlan, WitnessSecret, witness_objects
from dbaas_components.dr.failover.access import Connections, open_connections
from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.document import TopologyDocument
from dbaas_components.dr.failover.records import Kept, Report
from dbaas_components.dr.failover.site import Reading, Site
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.dr.timing import LeaseTiming
from tests.api.objects import ApiServer
from tests.dr.harness import REGIONS, WITNESS, PlayedOperator, World, _documents, _service
from tests.dr_faults.land import AGENTS, VERB, Land, wire_of
from tests.dr_faults.pace import Looks, Pace
from tests.dr_faults.processes import AgentStart, agent
from tests.dr_faults.watching import Journal, Watcher

_APIS = {"v1": "/api/v1", "rbac.authorization.k8s.io/v1": "/apis/rbac.authorization.k8s.io/v1"}
_PLURALS = {"ServiceAccount": "serviceaccounts", "Role": "roles", "RoleBinding": "rolebindings", "Secret": "secrets"}


class RegionOperator(PlayedOperator):
    """As the played operator, at a pace that leaves the machine to the agents; pods take their time after an outage."""

    pods_run_at: float = 0.0

    def __init__(self, engine: str, site: Site, world: World, pace: Pace) -> None:
        super().__init__(engine, site, world)
        self._pace = pace
        self.looks = Looks(f"operator of {engine} in {site.region}", (site.region,), pace.longest_between_turns)

    def run(self) -> None:
        while not self.stop.is_set():
            self.looks.looked()
            with contextlib.suppress(ClusterUnreachable, ClusterRefused):
                self._turn()
            self.world.turn(self.site.region)
            self.stop.wait(self._pace.step)

    def _next(self, state: str, spec: Mapping[str, Any]) -> str:
        if not spec.get("pause") and time.monotonic() < self.pods_run_at:
            return "initializing"
        return super()._next(state, spec)


class ClusterSetOperator:
    """Plays the ClusterSet's controller (ps): its status follows its specification."""

    def __init__(self, server: ApiServer, path: str, stop: threading.Event) -> None:
        self._server = server
        self._path = path
        self._stop = stop

    def run(self) -> None:
        while not self._stop.wait(0.3):
            # Its API server may be away.
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                self._turn()

    def _turn(self) -> None:
        found = self._server.call("GET", self._path)
        wanted = found["spec"]["primaryCluster"]
        if found.get("status", {}).get("primaryCluster") != wanted:
            body = {"status": {"primaryCluster": wanted, "primaryClusterEndpoint": f"{wanted}:3306"}}
            self._server.call("PATCH", f"{self._path}/status", body=body, type="application/merge-patch+json")


@dataclass
class RunningAgent:
    """One start of the agents' program."""

    process: BaseProcess
    log: Path
    looks: Looks

    def signal(self, number: int) -> None:
        assert self.process.pid is not None, "it was started"
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def said(self) -> list[str]:
        return self.log.read_text().splitlines()[-6:] if self.log.exists() else []


class Lane:
    """One topology: its agents have the rights of their manifests, its verbs go over the wires."""

    def __init__(self, land: Land, context: ForkServerContext, engine: str, namespace: str) -> None:
        self.land = land
        self.pace = land.pace
        self.engine = engine
        self.namespace = namespace
        self.world = World()
        self.journal = Journal()
        self.document, self._manifests, self._cluster_set = _with_cluster_set(land, engine, namespace)
        self.folder = land.folder / namespace
        self.folder.mkdir()
        self.evidence = self.folder / "evidence"
        self.context = context
        self.verb_document = _over_wires(land, self.document)
        self.verb_file = self.folder / "topology.json"
        self.verb_file.write_text(self.verb_document.model_dump_json(exclude_none=True))
        # What only looks on is more patient than an agent may be.
        self.near: Connections = open_connections(self.document.model_copy(update={"timing": LeaseTiming()}))
        self._looks: list[Looks] = []
        self._agents: dict[str, RunningAgent] = {}
        self._operators: dict[str, RegionOperator] = {}
        self._watchers: dict[str, Watcher] = {}
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._boots = 0
        land.lanes.append(self)

    def start(self) -> None:
        """Databases, operators and agents; returns when eu is the primary that us follows."""
        for name in (*REGIONS, WITNESS):
            self._server(name).new_namespace(self.namespace)
        for region, manifest in self._manifests.items():
            site = self.near.sites[region]
            self._server(region).apply(site.path(), manifest)
            alias = self.document.traffic[region]["name"]
            self._server(region).apply(site.core("services", alias), _service(self.namespace, alias))
            self._operators[region] = RegionOperator(self.engine, site, self.world, self.pace)
            self._looks.append(self._operators[region].looks)
            self._run(self._operators[region].run)
            self._watchers[region] = Watcher(site, self.journal)
            self._run(self._watchers[region].run)
        if self._cluster_set is not None:
            region, manifest = self._cluster_set
            path = self.near.sites[region].path("PerconaServerMySQLClusterSet", manifest["metadata"]["name"])
            self._server(region).apply(path, manifest)
            self._run(ClusterSetOperator(self._server(region), path, self._stop).run)
        for region in REGIONS:
            self._rights(region)
            self.start_agent(region)

    def ready(self, primary: str, standby: str) -> str:
        """What is still missing for `standby` to be promotable; empty where nothing is."""
        lease = self.lease()
        if lease is None or lease.holder != primary or self.role(primary) != "primary":
            return f"{primary} is {self.role(primary)}, the lease {lease.holder if lease else 'nobody'}'s"
        report = self.report(standby)
        if report is None or report.history_contained is not True:
            return f"{standby} does not say that its data is part of the line"
        if self.engine == "pg" and report.lag_within_limit is not True:
            return f"{standby} does not say that its lag is within the limit"
        return ""

    def start_agent(self, region: str) -> None:
        """An agent placed anew: another instance."""
        self._boots += 1
        log = self.folder / f"agent-{region}-{self._boots}.log"
        start = AgentStart(
            configuration=self.folder / f"agent-{region}.json",
            host="127.0.0.1",
            port=self.land.port(region),
            token=self.folder / f"token-{region}",
            authority=self.folder / f"authority-{region}",
            pod=f"pod-{self._boots}",
            log=log,
            looks=log.with_suffix(".looks"),
        )
        process = self.context.Process(target=agent, args=(start,), daemon=True)
        process.start()
        who, longest = f"agent of {self.engine} in {region}", self.pace.longest_between_looks
        self._agents[region] = RunningAgent(process, log, Looks(who, (region, WITNESS), longest, start.looks))
        self._looks.append(self._agents[region].looks)

    def signal_agent(self, place: str, number: int) -> None:
        """Freezes or thaws a region's agent; a witness has none."""
        if place in self._agents:
            self._agents[place].signal(number)

    def kill_agent(self, place: str) -> None:
        """SIGKILL."""
        if place in self._agents:
            self._agents[place].process.kill()
            self._agents[place].process.join()

    def region_gone(self, place: str) -> None:
        """Its databases stand still, or are off."""
        if place in REGIONS:
            with self.world.lock:
                self.world.lost.add(place)
            self.journal.gone(place)

    def region_back(self, place: str, *, pods_start: float) -> None:
        """They run again: at once after a freeze, after their pods started otherwise."""
        if place in REGIONS:
            self._operators[place].pods_run_at = time.monotonic() + pods_start
            self.journal.back(place)
            with self.world.lock:
                self.world.lost.discard(place)
                if pods_start:
                    self.world.open[place] = False

    def lease(self) -> LeaseRecord | None:
        """The lease, read past the wires."""
        found = self.near.lease.load()
        return LeaseRecord.model_validate_json(found[0]) if found else None

    def kept(self, region: str) -> Kept:
        """A region's record, read past the wires."""
        return self.near.records[region].read()

    def role(self, region: str) -> str:
        """The role in it."""
        record = self.kept(region).record
        return str(record.role) if record else ""

    def report(self, region: str) -> Report | None:
        """What its agent said last."""
        return self.near.records[region].read_report()

    def reading(self, region: str) -> Reading:
        """Its database."""
        record = self.kept(region).record
        found = self.near.sites[region].read(record.orders if record else 0)
        assert found is not None, f"the custom resource of {region} is gone"
        return found

    def alias(self, region: str) -> str:
        """Where the clients of a region go."""
        site = self.near.sites[region]
        found = site.cluster.get(site.core("services", self.document.traffic[region]["name"]))
        return str(found["spec"]["externalName"]) if found else ""

    @property
    def looks(self) -> list[Looks]:
        """When agents and operators looked."""
        return list(self._looks)

    def said(self) -> dict[str, list[str]]:
        """The agents' last words, for a failure's text."""
        return {region: one.said() for region, one in self._agents.items()}

    def versions(self) -> dict[str, str]:
        """The versions that are there now."""
        return {region: self.reading(region).version for region in REGIONS}

    def has_seen(self, versions: Mapping[str, str]) -> bool:
        """Whether the journal has them."""
        return all(self._watchers[region].has(version) for region, version in versions.items())

    @property
    def gaps(self) -> int:
        return sum(one.gaps for one in self._watchers.values())

    def end(self) -> None:
        """Ends everything that it started."""
        self._stop.set()
        for one in (*self._operators.values(), *self._watchers.values()):
            one.stop.set()
        for one in self._agents.values():
            one.process.kill()
            one.process.join()

    def _server(self, name: str) -> ApiServer:
        return ApiServer(self.land.planes.running[name].kubeconfig)

    def _run(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _rights(self, region: str) -> None:
        """The accounts and roles of the agent's manifests, and its kubeconfig for the witness."""
        name = f"dbaas-dr-{self.document.topology}-{region}"
        planned = AgentPlan(name, region, self.document, "agent:1", {"app": "agent"}, WitnessSecret("witness"))
        for one in planned.objects():
            if one["kind"] in _PLURALS:
                self._apply(region, one)
        for one in witness_objects(self.document, region, {"app": "agent"}):
            self._apply(WITNESS, one)
        _private(self.folder / f"token-{region}", self._token(region, name))
        cluster = _cluster(self.land.planes.running[region].kubeconfig)
        authority = base64.b64decode(cluster["certificate-authority-data"])
        _private(self.folder / f"authority-{region}", authority.decode())
        witness = self.folder / f"witness-{region}.kubeconfig"
        _private(witness, self._witness_kubeconfig(region, self._token(WITNESS, name)))
        told = {**planned.configuration(), "witness_kubeconfig": str(witness)}
        _private(self.folder / f"agent-{region}.json", json.dumps(told))

    def _apply(self, place: str, manifest: dict[str, Any]) -> None:
        metadata = manifest["metadata"]
        folder = f"{_APIS[manifest['apiVersion']]}/namespaces/{metadata['namespace']}/{_PLURALS[manifest['kind']]}"
        self._server(place).apply(f"{folder}/{metadata['name']}", manifest)

    def _token(self, place: str, account: str) -> str:
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{account}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 86400}}
        return str(self._server(place).call("POST", path, body=body)["status"]["token"])

    def _witness_kubeconfig(self, region: str, token: str) -> str:
        cluster = dict(_cluster(self.land.planes.running[WITNESS].kubeconfig))
        cluster["server"] = f"https://127.0.0.1:{self.land.wires.ports[wire_of(AGENTS, WITNESS, region)]}"
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "witness",
                "clusters": [{"name": "witness", "cluster": cluster}],
                "users": [{"name": "agent", "user": {"token": token}}],
                "contexts": [{"name": "witness", "context": {"cluster": "witness", "user": "agent"}}],
            }
        )


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _cluster(kubeconfig: Path) -> dict[str, Any]:
    return yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]


def _over_wires(land: Land, document: TopologyDocument) -> TopologyDocument:
    told = json.loads(document.model_dump_json(exclude_none=True))
    for region in REGIONS:
        told["clusters"][region]["kubeconfig"] = str(land.kubeconfig(region, wire_of(VERB, region)))
    told["witness"]["kubeconfig"] = str(land.kubeconfig(WITNESS, wire_of(VERB, WITNESS)))
    return TopologyDocument.model_validate(told)


def _with_cluster_set(
    land: Land, engine: str, namespace: str
) -> tuple[TopologyDocument, dict[str, dict[str, Any]], tuple[str, dict[str, Any]] | None]:
    document, manifests, _ = _documents(land.planes, engine, namespace, {"timing": land.pace.timing})
    if engine != "ps":
        return document, manifests, None
    found = cluster_set_of(namespace)
    return document, manifests, found


def cluster_set_of(namespace: str) -> tuple[str, dict[str, Any]]:
    """The region and the manifest of the ClusterSet of the harness's ps topology."""
    from dbaas_components.dr.topology.parsing import parse_topology
    from dbaas_components.dr.topology.plan import plan
    from tests.dr.harness import EXAMPLE
    from tests.unit.topology.examples import example

    given = example(EXAMPLE["ps"])
    given["database"] = {**given["database"], "namespace": namespace}
    design = parse_topology("orders", given)
    for region in REGIONS:
        planned = plan(design, region)
        for placed in (*planned.before, *planned.after):
            if placed.manifest["kind"] == "PerconaServerMySQLClusterSet":
                return region, placed.manifest
    raise AssertionError("the topology has no ClusterSet")
