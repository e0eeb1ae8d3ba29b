"""What runs as a process of its own, so that a signal can end or freeze it: the agents' program and the verbs.

They are forked from a server that has the imports already; each is a process of its own all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

# With what the main module imports: every child runs that module's own imports again.
_PRELOADED = [
    "pytest",
    "dbaas_components.cli.dr",
    "tests.dr.harness",
    "tests.dr_faults.lane",
    "kubernetes.client",
    "kubernetes.config",
    "dbaas_components.databases.live",
    "dbaas_components.dr.agent.__main__",
    "dbaas_components.dr.failover.verbs",
    "dbaas_components.dr.lease.kubernetes_lease",
    "tests.dr_faults.processes",
]


def fork_server() -> ForkServerContext:
    """The context that starts them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


@dataclass(frozen=True)
class AgentStart:
    """One start of the agents' program, as its pod would see the world."""

    configuration: Path
    host: str
    port: int
    token: Path
    authority: Path
    pod: str
    """The pod's UID: another one where it was placed anew."""
    log: Path
    looks: Path
    """Where the moment of each of its looks is written, on this machine's monotonic clock."""


def agent(start: AgentStart) -> None:
    """The agents' own program, with what the kubelet gives to a pod put where this machine lets it be."""
    from kubernetes.config import incluster_config

    from dbaas_components.dr.agent.__main__ import main
    from dbaas_components.dr.agent.agent import Agent

    os.environ |= {
        "KUBERNETES_SERVICE_HOST": start.host,
        "KUBERNETES_SERVICE_PORT": str(start.port),
        "POD_UID": start.pod,
    }
    given: Any = incluster_config
    given.SERVICE_TOKEN_FILENAME, given.SERVICE_CERT_FILENAME = str(start.token), str(start.authority)
    output = os.open(start.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    looks = start.looks.open("a", buffering=1, encoding="ascii")
    turn = Agent.turn

    def written_down(self: Agent) -> Any:
        looks.write(f"{time.monotonic():.3f}\n")
        return turn(self)

    given = Agent
    given.turn = written_down
    sys.exit(main([str(start.configuration)]))


@dataclass(frozen=True)
class VerbStart:
    """One start of a verb."""

    document: Path
    folder: Path
    order: Mapping[str, Any]
    timeout: float
    pause: float
    stop_at: tuple[str, str, str] | None
    """Where it holds still until it is told to go on: phase, step, moment (see points.py)."""


class Telling:
    """Tells every step through a pipe, and holds still at one moment."""

    def __init__(self, pipe: Connection, stop_at: tuple[str, str, str] | None) -> None:
        self._pipe = pipe
        self._stop_at = stop_at
        self._phase = "there"

    def began(self, name: str) -> None:
        if name == "half way":
            self._phase = "back"
        self._tell(name, "begins", "")

    def waits(self, name: str, reason: str) -> None:
        self._tell(name, "waits", reason)

    def ended(self, name: str, outcome: str, seconds: float) -> None:
        del seconds
        self._tell(name, outcome, "")

    def _tell(self, name: str, moment: str, reason: str) -> None:
        here = (self._phase, name, moment)
        self._pipe.send(("step", here, reason))
        if here == self._stop_at:
            self._stop_at = None
            self._pipe.send(("here", here, ""))
            self._pipe.recv()


def verb(start: VerbStart, pipe: Connection) -> None:
    """A verb, to its end; tells its record, or the sentence with which it was refused."""
    from dbaas_components.dr.failover.access import open_connections
    from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
    from dbaas_components.dr.failover.document import read_document
    from dbaas_components.dr.failover.verbs import Order, Setting, change_primary, rejoin

    connections = open_connections(read_document(start.document))
    setting = Setting(connections, start.folder, Telling(pipe, start.stop_at), timeout=start.timeout, pause=start.pause)
    order = Order(**start.order)
    try:
        evidence = (rejoin if order.verb == "rejoin" else change_primary)(order, setting)
    except (ClusterUnreachable, ClusterRefused) as error:
        pipe.send(("ended", "refused", (str(error), "")))
        return
    pipe.send(("ended", evidence.outcome, (evidence.reason, evidence.run)))


def command_line(words: Sequence[str], folder: Path, terminal: str, output: Path) -> None:
    """The `dbaas` command in a folder, at a terminal that somebody else types at."""
    from dbaas_components.cli import main

    os.chdir(folder)
    sys.stdin = Path(terminal).open(encoding="utf-8")  # noqa: SIM115 - it lasts as long as the process
    told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(told, 1)
    os.dup2(told, 2)
    sys.argv = ["dbaas", *words]
    main()
