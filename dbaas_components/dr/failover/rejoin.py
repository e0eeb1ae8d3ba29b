"""`rejoin`: a fenced site becomes a standby again, with the data it has or with a new copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.dr.decisions import ask
from dbaas_components.dr.failover.evidence import Evidence
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.operator_facts import DATA_VOLUMES, DATABASE_LABEL
from dbaas_components.dr.failover.site import part
from dbaas_components.dr.failover.steps import Done, Outcome, Step, Stop, Wait
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.measures.revocation import give_back
from dbaas_components.dr.records import Role
from dbaas_components.dr.roles import Event

_COPIES_ITSELF: Final = ("pg", "psmdb")
"""Engines whose empty site is filled from the primary without further help: pgBackRest or stream, initial sync."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What a person lets happen to a site's data."""

    volumes: bool = False
    """Its volumes may be deleted: a person named the database."""
    seeded: bool = False
    """A person has put a copy of the primary there."""


def rejoin_steps(
    switch: Switch, earlier: Sequence[Evidence], rebuild: Rebuild | None, traffic: Callable[[], Outcome]
) -> list[Step]:
    """`switch.old` is the site that comes back; `earlier` are the records of the runs before.

    The clients of the region that was away still follow it, so they are sent to the primary as well.
    """
    site = _Returning(switch, earlier, rebuild)
    last = [Step(f"let {switch.old} follow", site.follows), Step("move traffic", traffic)]
    if rebuild is None:
        return [Step(f"prove the data of {switch.old}", site.proven), *last]
    return [
        Step(f"give up the data of {switch.old}", site.given_up),
        Step(f"replace the data of {switch.old}", site.replaced),
        *last,
    ]


class _Returning:
    def __init__(self, switch: Switch, earlier: Sequence[Evidence], rebuild: Rebuild | None) -> None:
        self._switch = switch
        self._earlier = earlier
        self._rebuild = rebuild

    def proven(self) -> Outcome:
        """Only a planned switch shows that a former primary has nothing of its own."""
        switch = self._switch
        state = switch.live.site(switch.old)
        if state.problem:
            return Wait(state.problem)
        if state.role in (Role.STANDBY, Role.STREAMING):
            return Done()
        if state.role is not Role.FENCED:
            return Wait(f"{switch.old} is {state.role}; its agent has to fence it first")
        record, lease = state.kept.record, switch.live.lease()
        for one in self._earlier:
            planned = one.verb in ("switchover", "failback") and one.from_region == switch.old
            promoted = any(proof.what == f"{one.to_region} takes writes" for proof in one.proofs)
            last = record is not None and lease is not None and one.epoch_before <= record.epoch < lease.epoch
            if planned and promoted and last and record and one.epoch_before == record.epoch:
                switch.book.prove(f"history of {switch.old} contained", f"evidence {one.run}", one.rpo or "planned")
                return Done()
        return Stop(
            f"nothing shows that {switch.old} has no writes of its own; look at them while it is fenced, then run "
            f"`dbaas dr rejoin {switch.old} --rebuild {switch.topology}`"
        )

    def given_up(self) -> Outcome:
        """Marks the site as one whose data is to be replaced."""
        switch = self._switch
        state = switch.live.site(switch.old)
        if state.problem:
            return Wait(state.problem)
        if state.role is Role.SEEDING or switch.book.proven(f"data of {switch.old} replaced"):
            return Done()
        if state.role in (Role.PRIMARY, Role.PROMOTING, Role.FENCING):
            return Stop(f"{switch.old} is {state.role}; only a site that is fenced can be rebuilt")
        other = switch.live.site(switch.new)
        serves = other.role is Role.PRIMARY and other.reading is not None and other.reading.writes is Writes.OPEN
        wish = ask(
            state.kept.record,
            Event.REBUILD,
            topology=switch.topology,
            region=switch.old,
            another_primary=serves or None,
        )
        if wish.record is None:
            return Stop(wish.reason)
        switch.acting()
        switch.live.connections.records[switch.old].write(state.kept, record=wish.record)
        return Wait(f"{switch.old} was marked for a rebuild")

    def replaced(self) -> Outcome:
        """Deletes its volumes where that was named, or takes a person's word for the copy."""
        switch, rebuild = self._switch, self._rebuild
        engine = switch.live.document.engine
        if switch.book.proven(f"data of {switch.old} replaced"):
            return Done()
        assert rebuild is not None, "this step is one of a rebuild"
        place = switch.live.connections.sites[switch.old].place
        if rebuild.seeded:
            switch.book.prove(f"data of {switch.old} replaced", place, f"stated by {switch.by}")
            return Done()
        if engine not in _COPIES_ITSELF:
            return Stop(
                f"{engine} fills no site by itself; restore a backup of {self._primary()} into {switch.old}, then run "
                f"`dbaas dr rejoin {switch.old} --rebuild {switch.topology} --seeded`"
            )
        if not rebuild.volumes:
            return Stop(
                f"the volumes of {switch.old} hold the old data, and nobody named them for deletion; keep what you "
                f"need of it, then run this again with --delete-volumes {switch.topology}"
            )
        return self._delete_volumes(place)

    def _delete_volumes(self, place: str) -> Outcome:
        switch = self._switch
        state = switch.live.site(switch.old)
        if state.reading is None:
            return Wait(state.problem or f"{place} is not there")
        if not state.reading.paused:
            site = switch.live.connections.sites[switch.old]
            site.pause(state.reading, state.kept.record.orders if state.kept.record else 0)
            return Wait(f"{switch.old} is shut down before its volumes go")
        if state.reading.writes is not Writes.FENCED:
            return Wait(f"{switch.old} is shutting down: {state.reading.state}")
        site = switch.live.connections.sites[switch.old]
        engine = switch.live.document.engine
        # Nothing else of the database goes with its data: a volume may be the only copy of its backups.
        wanted = {DATABASE_LABEL[engine]: site.name, **DATA_VOLUMES[engine]}
        folder = f"/api/v1/namespaces/{site.namespace}/persistentvolumeclaims"
        items = cast("list[dict[str, Any]]", (site.cluster.get(folder) or {}).get("items", []))
        own = [one for one in items if wanted.items() <= part(one["metadata"], "labels").items()]
        names = [str(one["metadata"]["name"]) for one in own]
        for one in own:
            if "deletionTimestamp" not in one["metadata"]:
                switch.book.prove("volume deleted", switch.old, str(one["metadata"]["name"]))
                switch.book.save()
                site.cluster.delete(f"{folder}/{one['metadata']['name']}")
        if names:
            return Wait(f"volumes go: {', '.join(names)}")
        switch.book.prove(f"data of {switch.old} replaced", place, "no volume of the old data is left")
        return Done()

    def follows(self) -> Outcome:
        """Has it follow the primary, and waits until its agent says that it does."""
        switch = self._switch
        if self._rebuild is None:
            return switch.old_follows()
        state, lease = switch.live.site(switch.old), switch.live.lease()
        if state.problem or state.reading is None or lease is None:
            return Wait(state.problem or "the lease or the database is not there")
        site = switch.live.connections.sites[switch.old]
        if state.role is Role.SEEDING and not site.follows(state.reading, lease.holder, lease.epoch):
            if give_back(site, state.reading):
                return Wait(f"{switch.old} gets the keys of its archive back before it starts")
            # The fields of a standby close a site, so that it may start.
            site.follow(state.reading, lease.holder, lease.epoch)
            return Wait(f"{switch.old} starts as a standby of {lease.holder}")
        return switch.old_follows()

    def _primary(self) -> str:
        lease = self._switch.live.lease()
        return lease.holder if lease else "the primary"
