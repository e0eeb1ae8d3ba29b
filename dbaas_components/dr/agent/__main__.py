"""`python -m dbaas_components.dr.agent agent.json`: the agent of one region, or an observer in the witness."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from dbaas_components.dr.agent.agent import Agent, Placement
from dbaas_components.dr.agent.lag_probe import LagProbe, LagSource
from dbaas_components.dr.agent.member_probe import MemberProbe, MemberSource
from dbaas_components.dr.agent.probe import Probe
from dbaas_components.dr.agent.votes import Votes
from dbaas_components.dr.failover.access import lease_store
from dbaas_components.dr.failover.cluster import KubernetesCluster
from dbaas_components.dr.failover.document import TopologyDocument
from dbaas_components.dr.failover.records import RecordStore
from dbaas_components.dr.failover.site import Site
from dbaas_components.dr.lease.interface import Identity, Lease, Observed
from dbaas_components.dr.timing import LeaseTiming, monotonic_seconds
from dbaas_components.errors import Problem, SpecError, problems_of

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

LOG = logging.getLogger("dr-agent")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_OBSERVER = "witness"


class AgentConfiguration(BaseModel):
    """What an agent is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: TopologyDocument
    region: str
    """The region, or `witness` for an observer that only votes."""
    witness_kubeconfig: Path | None = None
    """Mounted from a Secret; None in the witness itself."""
    endpoints: dict[str, str] = {}
    """By region, `host:port` of the database, for the health that votes tell."""
    lag: LagSource | MemberSource | None = None
    """Where the lag of this region's site is measured; None where nobody does (pg's operator tells it)."""


def main(arguments: list[str]) -> int:
    """Runs until it is told to end; with `--check` it reads the configuration alone. 2: that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m dbaas_components.dr.agent", description=__doc__)
    parser.add_argument("configuration", type=Path, help="agent.json, as FailoverAgent writes it")
    parser.add_argument("--check", action="store_true", help="read the configuration and end")
    given = parser.parse_args(arguments)
    try:
        configuration = read_configuration(given.configuration)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if given.check:
        document = configuration.document
        sys.stdout.write(f"{document.topology}, region {configuration.region}: the configuration is understood\n")
        return 0
    return _run(configuration)


def read_configuration(file: Path) -> AgentConfiguration:
    """What an agent is told. Raises `SpecError` with every problem of it."""
    try:
        return AgentConfiguration.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or type(error).__name__
        raise SpecError(str(file), [Problem("", f"cannot be read ({told}); name the agent's configuration")]) from None
    except ValidationError as error:
        raise SpecError(str(file), problems_of(error, known=AgentConfiguration.model_fields)) from None


def _run(configuration: AgentConfiguration) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    turn = observer(configuration) if configuration.region == _OBSERVER else region_agent(configuration)
    pause = configuration.document.timing.renew_every / 4
    said = ""
    while not stop.is_set():
        words = turn()
        if words != said:
            LOG.info("%s", words)
            said = words
        stop.wait(pause)
    # The lease is not given back here: only a site that is fenced may do that. The next start goes on within its time.
    return 0


def region_agent(configuration: AgentConfiguration) -> Callable[[], str]:
    """One round of a region's agent; its words."""
    document, region = configuration.document, configuration.region
    own = KubernetesCluster(region, _in_cluster(), seconds=document.timing.request_timeout)
    witness = _witness(configuration)
    site = Site(document.engine, region, document.roles[region], own)
    probe = lag_probe(configuration.lag)
    if probe:
        probe.start()
    agent = Agent(
        document,
        Placement(region, instance()),
        site,
        RecordStore(own, site.namespace, topology=document.topology, region=region),
        lease_store(document, witness),
        votes=votes(configuration, witness),
        measured=probe.last if probe else None,
        now=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return lambda: f"{(intent := agent.turn()).action}: {intent.reason}"


def lag_probe(source: LagSource | MemberSource | None) -> Probe | None:
    """What measures the lag. Raises `SpecError` where the engine's client is not installed."""
    if isinstance(source, MemberSource):
        return MemberProbe(source)
    return LagProbe(source) if source else None


def observer(configuration: AgentConfiguration) -> Callable[[], str]:
    """One round of the observer in the witness: it sees the primary from a third place."""
    document = configuration.document
    witness = KubernetesCluster(_OBSERVER, _in_cluster(), seconds=document.timing.request_timeout)
    cast_by = votes(configuration, witness)
    lease = Lease(lease_store(document, witness), Identity(document.topology, _OBSERVER, "observer"))

    def turn() -> str:
        found = lease.read()
        if not isinstance(found, Observed) or found.record is None or cast_by is None:
            return f"nothing to observe: {found}"
        cast_by.cast(found.record, monotonic_seconds())
        return f"observes {found.record.holder} at epoch {found.record.epoch}"

    return turn


def votes(configuration: AgentConfiguration, witness: KubernetesCluster | None) -> Votes | None:
    """The votes, where there is a witness to keep them and an endpoint to look at."""
    document = configuration.document
    if witness is None or document.witness is None or not configuration.endpoints:
        return None
    return Votes(
        witness,
        document.witness.namespace,
        topology=document.topology,
        voter=configuration.region,
        voters=[*document.roles, _OBSERVER],
        healthy=lambda region: answers(configuration.endpoints.get(region, ""), document.timing),
        fresh_seconds=document.timing.holder_validity,
    )


def answers(endpoint: str, timing: LeaseTiming) -> bool:
    """Whether something accepts connections there. An endpoint that nobody named is taken for healthy."""
    host, _, port = endpoint.rpartition(":")
    if not host:
        return True
    try:
        with socket.create_connection((host, int(port)), timeout=timing.request_timeout):
            return True
    except OSError:
        return False


def instance() -> str:
    """Another one after the node's boot and where the pod was placed anew; the same when the process alone restarts."""
    boot = _BOOT.read_text(encoding="ascii").strip() if _BOOT.is_file() else ""
    return f"{os.environ.get('POD_UID', '')}-{boot}".strip("-") or socket.gethostname()


def _witness(configuration: AgentConfiguration) -> KubernetesCluster | None:
    if configuration.document.witness is None or configuration.witness_kubeconfig is None:
        return None
    from kubernetes import config

    client = cast("Any", config).new_client_from_config(config_file=str(configuration.witness_kubeconfig))
    return KubernetesCluster(_OBSERVER, client, seconds=configuration.document.timing.request_timeout)


def _in_cluster() -> ApiClient:
    from kubernetes import client, config

    given: Any = client
    made = given.Configuration()
    cast("Any", config).load_incluster_config(client_configuration=made)
    return given.ApiClient(made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
