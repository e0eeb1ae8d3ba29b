"""What has to be true after a verb: the custom resources, the records, the lease, the traffic and the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from pathlib import Path

from dbaas_components.dr.failover.evidence import Evidence, kept, read_evidence
from dbaas_components.dr.failover.site import value_at
from dbaas_components.dr.guards import Writes
from tests.dr.harness import REGIONS, WITNESS
from tests.dr_faults.lane import Lane

HOST = "write.{}.db.example.com"


def missing(lane: Lane, verb: str, target: str) -> str:
    """What is not yet as the verb leaves it; empty where everything is. `target` is the region that it names."""
    return next(iter(_missing(lane, verb, target)), "")


def _missing(lane: Lane, verb: str, target: str) -> Iterator[str]:
    primary = primary_after(verb, target)
    other = next(one for one in REGIONS if one != primary)
    yield from _primary(lane, primary)
    if verb == "failover":
        yield from _fenced(lane, other)
    else:
        yield from _follows(lane, other, primary)
    for region in REGIONS if verb != "failover" else (primary,):
        if lane.alias(region) != HOST.format(primary):
            yield f"clients of {region} go to {lane.alias(region)}"


def primary_after(verb: str, target: str) -> str:
    """The region that takes writes after a verb."""
    if verb in ("rejoin", "gameday"):
        return next(one for one in REGIONS if one != target)
    return target


def _primary(lane: Lane, region: str) -> Iterator[str]:
    lease, record, reading = lane.lease(), lane.kept(region).record, lane.reading(region)
    if lease is None or lease.holder != region or lease.released:
        yield f"the lease is {lease}"
        return
    if record is None or record.role != "primary" or record.epoch != lease.epoch:
        yield f"the record of {region} is {record}, the lease's epoch {lease.epoch}"
        return
    if reading.writes is not Writes.OPEN or reading.epoch != record.epoch or reading.order != "open":
        yield f"the database of {region} is {reading.order} {reading.state} at epoch {reading.epoch}"
        return
    for path, value in lane.near.sites[region].role_fields(region, record.incarnation):
        if value_at(reading.spec, path) != value:
            yield f"{path} of {region} is {value_at(reading.spec, path)} and not {value}"


def _fenced(lane: Lane, region: str) -> Iterator[str]:
    record, reading = lane.kept(region).record, lane.reading(region)
    if record is None or record.role != "fenced" or not reading.paused or reading.writes is not Writes.FENCED:
        role = record.role if record else "without a record"
        yield f"{region} is {role}, its database {reading.order} {reading.state}"


def _follows(lane: Lane, region: str, primary: str) -> Iterator[str]:
    lease, record, reading = lane.lease(), lane.kept(region).record, lane.reading(region)
    if record is None or record.role not in ("standby", "streaming"):
        yield f"{region} is {record.role if record else 'without a record'}"
    elif lease is None or not lane.near.sites[region].follows(reading, primary, lease.epoch):
        yield f"the fields of {region} are not those of a site that follows {primary}"
    elif reading.writes not in (Writes.CLOSED, Writes.FENCED):
        yield f"the database of {region} is {reading.state}"
    else:
        told = lane.ready(primary, region)
        if told:
            yield told


def evidence_of(lane: Lane, run: str, verb: str) -> Evidence:
    """The record of a run; of the one before, where a start only said that there is nothing left to do."""
    files = [lane.evidence / f"{run}.json", *sorted(lane.evidence.glob(f"*-{verb}-*.json"), key=_changed, reverse=True)]
    found = next(read_evidence(file.read_text()) for file in files if file.exists())
    assert found is not None, "the record of the run cannot be read"
    return found


def _changed(file: Path) -> float:
    return file.stat().st_mtime


def disagreements(lane: Lane, verb: str, target: str, evidence: Evidence, away: Set[str], lost: str) -> list[str]:
    """Where a run's record says something else than what is there. Clusters that were away have no last copy.

    Where the new primary's own region is the one that was killed (`lost`), its agent is placed anew and takes the lease
    anew, at a later epoch, which may be after the verb came to its end.
    """
    primary = primary_after(verb, target)
    lease, record = lane.lease(), lane.kept(primary).record
    other = next(one for one in REGIONS if one != primary)
    shown = [one.what for one in evidence.proofs]
    wrong: list[str] = []
    if (evidence.outcome, evidence.reason) != ("done", ""):
        wrong.append(f"outcome {evidence.outcome}: {evidence.reason}")
    if verb != "rejoin":
        if not any(one == f"{primary} takes writes" for one in shown):
            wrong.append(f"no proof that {primary} takes writes")
        epochs = [one.value for one in evidence.proofs if one.what == f"{primary} takes writes"]
        shown_epoch = int(json.loads(epochs[-1])["epoch"]) if epochs else 0
        went_on = lost == primary and record is not None and shown_epoch < record.epoch
        if record and epochs and shown_epoch != record.epoch and not went_on:
            wrong.append(f"the last proof that {primary} takes writes is {epochs[-1]}, and its epoch {record.epoch}")
        if record is None or lease is None or evidence.epoch_after != (shown_epoch if went_on else record.epoch):
            wrong.append(f"epoch_after is {evidence.epoch_after}, and the record's {record.epoch if record else None}")
        out = (f"fence of {other} confirmed", f"lease of {other} expired")
        if not any(one in shown for one in out):
            wrong.append(f"no proof that {other} was out")
        if "traffic moved" not in shown:
            wrong.append("no proof that traffic moved")
        if evidence.rto_seconds is None or evidence.acted_at is None:
            wrong.append("no time")
    if verb in ("switchover", "failback") and f"{other} follows {primary}" not in shown:
        wrong.append(f"no proof that {other} follows")
    if verb == "failover" and f"{other} needs a rebuild" not in shown:
        wrong.append(f"no word on what becomes of {other}")
    wrong += [f"the copy in {place} differs" for place in _copies_that_differ(lane, evidence, away)]
    return wrong


def _copies_that_differ(lane: Lane, evidence: Evidence, away: Set[str]) -> Iterator[str]:
    witness = lane.near.witness
    assert witness is not None, "the lane has a witness"
    clusters = {region: lane.near.sites[region].cluster for region in REGIONS} | {WITNESS: witness}
    for name, cluster in clusters.items():
        if name not in away and kept(cluster, lane.namespace, evidence.run) != evidence:
            yield name
