"""The verbs, from what a person asks to the run's end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dbaas_components.dr.failover.access import Connections
from dbaas_components.dr.failover.cluster import Cluster, ClusterRefused, ClusterUnreachable
from dbaas_components.dr.failover.evidence import Evidence, EvidenceBook, OverrideEvidence, kept, read_evidence, utc_now
from dbaas_components.dr.failover.failover import failover_steps
from dbaas_components.dr.failover.gameday import HALF_WAY, gameday_steps, rehearsal_of
from dbaas_components.dr.failover.live import Live, primary_of
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.names import bounded
from dbaas_components.dr.failover.reconfiguration import Reconfiguration
from dbaas_components.dr.failover.records import Wishes
from dbaas_components.dr.failover.records_in_clouds import CloudRecord
from dbaas_components.dr.failover.rejoin import Rebuild, rejoin_steps
from dbaas_components.dr.failover.steps import Runner, Step, Watcher
from dbaas_components.dr.failover.switchover import switchover_steps
from dbaas_components.dr.failover.traffic import Traffic
from dbaas_components.errors import Problem, SpecError

_EARLIER = 4
"""How many epochs back an unfinished run of the same verb is looked for."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for."""

    verb: str
    target: str
    by: str
    accept_data_loss: str = ""
    override_fencing: str = ""
    force_reconfiguration: str = ""
    stated_lag: str = ""
    reason: str = ""
    rebuild: str = ""
    """The database's name, where the returning site's data may be replaced (rejoin)."""
    delete_volumes: str = ""
    """The same, where its volumes may be deleted."""
    seeded: bool = False
    """A person put a copy of the primary there."""


@dataclass
class Setting:
    """What a run needs beside the order."""

    connections: Connections
    folder: Path
    watcher: Watcher
    timeout: float = 600.0
    pause: float = 1.0
    record: CloudRecord | None = None
    now: Callable[[], str] = utc_now
    live: Live = field(init=False)

    def __post_init__(self) -> None:
        self.live = Live(self.connections)


def change_primary(order: Order, setting: Setting) -> Evidence:
    """Runs `switchover`, `failback`, `failover` or `gameday`; goes on with an unfinished run of the same order.

    Raises `SpecError` before anything is changed where the order makes no sense, `ClusterUnreachable` where the lease
    cannot be read.
    """
    switch, done = prepare(order, setting)
    if done:
        return switch.book.evidence
    return finish(switch, steps_of_order(order, switch, setting), setting)


def rejoin(order: Order, setting: Setting) -> Evidence:
    """Has the site `order.target` follow the primary again. Raises as `change_primary` does."""
    live, document = setting.live, setting.connections.document
    problems = _problems(order, setting)
    lease = live.lease()
    epoch, primary = (lease.epoch if lease else 0), primary_of(document, lease)
    if not problems and primary == order.target:
        message = f"{order.target} is the primary; name the site that is to follow it"
        problems.append(Problem("", message))
    if problems:
        raise SpecError(f'topology "{document.topology}"', problems)
    copies = _copies(run_name(document.topology, order.verb, epoch, order.target), setting)
    evidence = max(copies, key=lambda one: one.attempts) if copies else _new(order, setting, epoch, primary)
    if copies:
        evidence.attempts += 1
        evidence.outcome, evidence.end, evidence.reason = "running", None, ""
    evidence.from_region, evidence.to_region = order.target, primary
    switch = Switch(live, _book(evidence, setting), order.target, primary, epoch, planned=True, by=order.by)
    rebuild = Rebuild(bool(order.delete_volumes), order.seeded) if order.rebuild else None
    if order.rebuild:
        told = OverrideEvidence(kind="rebuild", database=order.rebuild, by=order.by, at=setting.now())
        evidence.overrides.append(told)
    earlier = _earlier(setting, order.target, epoch)
    return finish(
        switch, rejoin_steps(switch, earlier, rebuild, Traffic(switch, setting.record).moved_on_both_sides), setting
    )


def _earlier(setting: Setting, region: str, epoch: int) -> list[Evidence]:
    """The records of planned changes away from a region, the newest first."""
    topology = setting.connections.document.topology
    found: list[Evidence] = []
    for before in range(epoch, max(-1, epoch - _EARLIER), -1):
        for other in setting.connections.sites:
            for verb in ("switchover", "failback"):
                if other != region:
                    found += _copies(run_name(topology, verb, before, other), setting)
    return found


def steps_of_order(order: Order, switch: Switch, setting: Setting) -> list[Step]:
    """The order's steps."""
    if order.verb == "gameday":
        return gameday_steps(rehearsal_of(switch), setting.record)
    traffic = Traffic(switch, setting.record)
    if switch.planned:
        return switchover_steps(switch, traffic)
    forced = Reconfiguration(switch) if order.force_reconfiguration else None
    return failover_steps(switch, traffic, forced)


def finish(switch: Switch, steps: Sequence[Step], setting: Setting) -> Evidence:
    """Runs the steps and closes the record."""
    runner = Runner(switch.book, setting.watcher, setting.timeout, setting.pause)
    evidence = switch.book.evidence
    if runner.run(steps):
        evidence.outcome, evidence.reason = "done", ""
        evidence.rpo = _rpo(switch)
    else:
        evidence.outcome, evidence.reason = "stopped", runner.stopped
    evidence.end = switch.book.now()
    switch.book.close()
    return evidence


def prepare(order: Order, setting: Setting) -> tuple[Switch, bool]:
    """The change that an order stands for, and whether it is done already. Changes nothing but the evidence's file."""
    live, document = setting.live, setting.connections.document
    problems = _problems(order, setting)
    if problems:
        raise SpecError(f'topology "{document.topology}"', problems)
    lease = live.lease()
    epoch, primary = (lease.epoch if lease else 0), primary_of(document, lease)
    found = _unfinished(order, setting, epoch, primary)
    planned = order.verb != "failover"
    if found is None and primary == order.target:
        evidence = _new(order, setting, epoch, primary)
        evidence.outcome, evidence.reason = "done", f"{order.target} is the primary already, at epoch {epoch}"
        return Switch(live, _book(evidence, setting), primary, order.target, epoch, planned, order.by), True
    evidence = found or _new(order, setting, epoch, primary)
    if found:
        evidence.attempts += 1
        evidence.outcome, evidence.end, evidence.reason = "running", None, ""
    switch = Switch(
        live,
        _book(evidence, setting),
        evidence.from_region,
        order.target,
        evidence.epoch_before,
        planned,
        order.by,
        _wishes(order, evidence),
    )
    _note_overrides(order, switch, setting)
    return switch, False


def run_name(topology: str, verb: str, epoch: int, target: str) -> str:
    """Name of a run: the same order out of the same epoch is the same run, on whatever machine."""
    name = f"{topology}-{verb}-{epoch}-{target}"
    # The ConfigMap's name has a prefix of its own, and stays below 63 with it.
    return bounded(name, 40)


def _problems(order: Order, setting: Setting) -> list[Problem]:
    document = setting.connections.document
    problems: list[Problem] = []
    if order.target not in document.roles:
        known = ", ".join(document.roles)
        problems.append(Problem("", f'"{order.target}" is no region of it; its regions are {known}'))
    named = {
        "accept-data-loss": order.accept_data_loss,
        "override-fencing": order.override_fencing,
        "force-reconfiguration": order.force_reconfiguration,
    }
    for kind, name in named.items():
        if name and name != document.database:
            message = f'--{kind} names "{name}", and this database is "{document.database}"; write its name'
            problems.append(Problem("", message))
        elif name and kind != "force-reconfiguration" and not document.may_override(kind):
            message = f"--{kind} is refused in environment {document.environment}; let its policy allow it first"
            problems.append(Problem("", message))
        if name and order.verb != "failover":
            problems.append(Problem("", f"--{kind} is for failover alone; leave it out"))
    for kind, name in {"rebuild": order.rebuild, "delete-volumes": order.delete_volumes}.items():
        if name and name != document.database:
            message = f'--{kind} names "{name}", and this database is "{document.database}"; write its name'
            problems.append(Problem("", message))
    if (order.delete_volumes or order.seeded) and not order.rebuild:
        problems.append(Problem("", f"data is replaced only with --rebuild {document.database}; add it"))
    if order.force_reconfiguration and document.engine != "psmdb":
        problems.append(
            Problem("", f"--force-reconfiguration is for psmdb, and this is {document.engine}; leave it out")
        )
    amount, _, unit = order.stated_lag.partition(" ")
    if order.stated_lag and (unit not in ("bytes", "s") or not amount.isdigit()):
        problems.append(Problem("", f'--lag "{order.stated_lag}" is no lag; write "0 bytes" or "3 s"'))
    return problems


def _wishes(order: Order, evidence: Evidence) -> Wishes | None:
    given = (order.accept_data_loss, order.override_fencing, order.force_reconfiguration, order.stated_lag)
    if not any(given):
        return None
    return Wishes(
        epoch=evidence.epoch_before,
        database=evidence.topology,
        accept_data_loss=bool(order.accept_data_loss),
        override_fencing=bool(order.override_fencing),
        stated_lag=order.stated_lag,
        stated_by=order.by if order.stated_lag else "",
        stated_after_fence=bool(order.stated_lag)
        and any(one.what == f"fence of {evidence.from_region} confirmed" for one in evidence.proofs),
    )


def _note_overrides(order: Order, switch: Switch, setting: Setting) -> None:
    evidence = switch.book.evidence
    for kind in ("accept-data-loss", "override-fencing", "force-reconfiguration", "stated-lag"):
        attribute = kind.replace("-", "_")
        told = getattr(order, attribute)
        if told and not any(one.kind == kind for one in evidence.overrides):
            reason = order.stated_lag if kind == "stated-lag" else order.reason
            override = OverrideEvidence(
                kind=kind, database=evidence.topology, by=order.by, at=setting.now(), reason=reason
            )
            evidence.overrides.append(override)


def _new(order: Order, setting: Setting, epoch: int, primary: str) -> Evidence:
    document = setting.connections.document
    return Evidence(
        run=run_name(document.topology, order.verb, epoch, order.target),
        verb=order.verb,
        topology=document.topology,
        engine=document.engine,
        by=order.by,
        begin=setting.now(),
        from_region=primary,
        to_region=order.target,
        epoch_before=epoch,
    )


def _book(evidence: Evidence, setting: Setting) -> EvidenceBook:
    return EvidenceBook(evidence, setting.folder, places_of_evidence(setting.connections), setting.now)


def places_of_evidence(connections: Connections) -> list[tuple[Cluster, str]]:
    """The clusters that keep the record, and the namespace there: every region, and the witness if it is one."""
    places: list[tuple[Cluster, str]] = [(site.cluster, site.namespace) for site in connections.sites.values()]
    witness = connections.document.witness
    if connections.witness is not None and witness is not None:
        places.append((connections.witness, witness.namespace))
    return places


def _unfinished(order: Order, setting: Setting, epoch: int, primary: str) -> Evidence | None:
    """The newest run of the same order that did not come to its end and that the lease has not gone past."""
    for before in range(epoch, max(-1, epoch - _EARLIER), -1):
        name = run_name(setting.connections.document.topology, order.verb, before, order.target)
        copies = _copies(name, setting)
        if any(one.outcome == "done" for one in copies):
            return None
        if copies:
            newest = max(copies, key=lambda one: (one.attempts, len(one.steps), len(one.proofs)))
            return None if _gone_past(newest, epoch, primary) else newest
    return None


def _gone_past(run: Evidence, epoch: int, primary: str) -> bool:
    """Whether the lease went elsewhere than this run would have led it: then the same order begins anew."""
    if epoch == run.epoch_before or primary == run.to_region:
        return False
    back = run.verb == "gameday" and any(one.what == HALF_WAY for one in run.proofs)
    return not (back and primary == run.from_region)


def _copies(name: str, setting: Setting) -> list[Evidence]:
    file = setting.folder / f"{name}.json"
    found = [read_evidence(file.read_text(encoding="utf-8"))] if file.is_file() else []
    for cluster, namespace in places_of_evidence(setting.connections):
        try:
            found.append(kept(cluster, namespace, name))
        except (ClusterUnreachable, ClusterRefused):
            continue  # The other copies are as good.
    return [one for one in found if one is not None]


def _rpo(switch: Switch) -> str:
    evidence = switch.book.evidence
    if evidence.verb == "rejoin":
        return ""
    if switch.planned:
        return "0: the new primary replayed the old one's last position before it was promoted"
    if not evidence.lag_at_cut:
        return "not known: nobody measured the lag before the cut"
    return f"at most what was not replayed at the cut: {evidence.lag_at_cut}"
