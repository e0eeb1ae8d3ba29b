"""How far a standby may be behind, and who can measure it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.dr.topology.design import Design
from dbaas_components.dr.topology.spec import LagLimit, Topology
from dbaas_components.errors import Problem
from dbaas_components.quantities import Quantity


def with_lag_from_slo(topology: Topology, spec: DatabaseSpec) -> Topology:
    """The topology with the lag that its databases' `slo.rpo` allows, where nothing else is said."""
    limit = topology.lag_limit or LagLimit()
    time = limit.time or (spec.slo.rpo if spec.slo and limit.bytes is None else None)
    if time is None and topology.lag_limit is None:
        return topology
    told: dict[str, Any] = {"time": time}
    if limit.bytes is None and limit.write_rate and time and topology.engine == "pg":
        amount = Quantity.parse(limit.write_rate).amount * int(duration_of(time).total_seconds())
        told["bytes"] = str(int(amount))
    has_bytes = limit.bytes or told.get("bytes")
    told["measure"] = limit.measure or ("operator" if topology.engine == "pg" and has_bytes else "agent")
    return topology.model_copy(update={"lag_limit": limit.model_copy(update=told)})


def lag_problems(design: Design) -> Iterable[Problem]:
    """Limits that nobody could measure."""
    limit, engine = design.topology.lag_limit, design.topology.engine
    if limit is None:
        return
    if limit.bytes is None and limit.time is None:
        message = "says no limit; write time, or bytes (pg), or slo.rpo in database"
        yield Problem("lag_limit", message)
    if engine != "pg" and limit.measure == "operator":
        message = f'"operator" is no measure for {engine}, whose operator tells no lag; write agent'
        yield Problem("lag_limit.measure", message)
    if engine != "pg" and limit.bytes is not None:
        yield Problem("lag_limit.bytes", f"has no measure for {engine}, whose operator tells no lag; write time")
    if engine != "pg" and limit.write_rate is not None:
        yield Problem("lag_limit.write_rate", f"has no use for {engine}, whose lag is a time; leave it out")
    if engine == "pg" and limit.measure == "operator" and limit.bytes is None:
        message = '"operator" measures bytes alone; write bytes, or write_rate that makes bytes of the time'
        yield Problem("lag_limit.measure", message)
    yield from _above_slo(design, limit)


def _above_slo(design: Design, limit: LagLimit) -> Iterable[Problem]:
    """A limit within which a promotion may lose more than the database may."""
    allowed = [site.spec.slo.rpo for site in design.sites.values() if site.spec.slo]
    if not allowed:
        return
    rpo = min(allowed, key=duration_of)
    if limit.time and duration_of(limit.time) > duration_of(rpo):
        message = f"{limit.time} is more than slo.rpo, which allows to lose {rpo}; write {rpo} or less, or leave it out"
        yield Problem("lag_limit.time", message)
    if limit.bytes and limit.write_rate:
        most = Quantity.parse(limit.write_rate).amount * int(duration_of(rpo).total_seconds())
        if Quantity.parse(limit.bytes).amount > most:
            message = (
                f"{limit.bytes} is more than lag_limit.write_rate writes within slo.rpo ({limit.write_rate} a second "
                f"for {rpo}); write {int(most)} or less, or leave it out"
            )
            yield Problem("lag_limit.bytes", message)
