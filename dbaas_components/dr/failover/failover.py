"""`failover`: a change of primary while the old one's region is lost or cannot serve. No proof, no promotion."""

from __future__ import annotations

from dbaas_components.dr.decisions import ask
from dbaas_components.dr.failover.cluster_set import ClusterSetChange, is_cluster_set
from dbaas_components.dr.failover.live import SiteState
from dbaas_components.dr.failover.moves import Switch
from dbaas_components.dr.failover.reconfiguration import Reconfiguration
from dbaas_components.dr.failover.steps import Done, Outcome, Step, Stop, Wait
from dbaas_components.dr.failover.traffic import Traffic
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.records import Role
from dbaas_components.dr.roles import Event


def failover_steps(switch: Switch, traffic: Traffic, reconfiguration: Reconfiguration | None) -> list[Step]:
    """Prove the old primary out, promote the new one, move the clients, and say what becomes of the old one."""
    forced = [Step("force the reconfiguration", reconfiguration.carried_out)] if reconfiguration else []
    cluster_set = [Step("change the ClusterSet", ClusterSetChange(switch).changed)] if is_cluster_set(switch) else []
    old = _OldSite(switch, forced=reconfiguration is not None)
    return [
        Step(f"check {switch.new}", switch.candidate_fits),
        Step(f"prove that {switch.old} is out", old.out),
        *forced,
        Step(f"approve {switch.new}", switch.approve_new, undo=switch.take_back),
        Step("take the next epoch", switch.epoch_won, undo=switch.take_back),
        *cluster_set,
        Step(f"promote {switch.new}", switch.promoted),
        Step("move traffic", traffic.moved),
        Step(f"judge {switch.old}", old.judged),
    ]


class _OldSite:
    """The steps that are about the old primary's proof.

    `forced`: the majority will be made anew. A site that handed its role over goes on with its pods, which may be the
    majority still and would go on to take writes beside the new one, so that it has to be shut down before.
    """

    def __init__(self, switch: Switch, *, forced: bool = False) -> None:
        self._switch = switch
        self._forced = forced

    def out(self) -> Outcome:
        """Either proof: the old primary's own confirmed fence, or its lease's silence for the challenger's wait."""
        switch, timing = self._switch, self._switch.live.document.timing
        lease = switch.live.lease()
        if switch.taken(lease):
            return Done()
        if lease is not None and lease.epoch > switch.epoch:
            return Stop(f"the lease went to {lease.holder} at epoch {lease.epoch}; look at `dbaas dr status`")
        if switch.wishes and switch.wishes.override_fencing:
            switch.book.prove("fence overridden by a person", switch.old, switch.by)
            return Done()
        state = switch.live.site(switch.old)
        record, reading = state.kept.record, state.reading
        fenced = state.role is Role.FENCED and reading is not None and reading.writes is Writes.FENCED
        if lease is not None and lease.free_for(switch.new) and fenced and reading:
            if self._forced and not reading.paused:
                return self._shut_by_the_verb(state)
            shown = {"spec.pause": reading.paused, "status.state": reading.state}
            switch.book.prove(
                f"fence of {switch.old} confirmed", switch.live.connections.sites[switch.old].place, shown
            )
            switch.measures.note(switch.book, switch.old, switch.new)
            return Done()
        silent = switch.live.silence >= timing.challenger_wait
        if silent and self._contradicts(state):
            return self._shut_by_the_verb(state)
        if silent:
            shown = (
                f"unchanged for challenger_wait {timing.challenger_wait} s on this machine's monotonic clock; a holder "
                f"is fenced within {timing.slowest_fence:.2f} s"
            )
            switch.book.prove(f"lease of {switch.old} expired", switch.live.connections.lease.place, shown)
            return Done()
        if not state.problem and not (record and record.hold and record.successor == switch.new):
            switch.acting()
            wish = ask(record, Event.FENCE, topology=switch.topology, region=switch.old, successor=switch.new)
            if wish.record is not None:
                switch.live.connections.records[switch.old].write(state.kept, record=wish.record)
        words = state.problem or f"{switch.old} is {state.role}"
        switch.acting()
        return Wait(
            f"{words}; a confirmed fence of {switch.old}, or {timing.challenger_wait:g} s without a renewal of its "
            "lease, would prove it"
        )

    def _shut_by_the_verb(self, state: SiteState) -> Outcome:
        """A lease that is over proves nothing where the database is seen to go on: where its agent is gone, the verb
        gives the order in its place, and the operator's confirmation is the proof."""
        switch = self._switch
        reading, record = state.reading, state.kept.record
        assert reading is not None, "what contradicts was read"
        switch.acting()
        if not (record and record.hold and record.successor == switch.new):
            wish = ask(record, Event.FENCE, topology=switch.topology, region=switch.old, successor=switch.new)
            if wish.record is not None:
                switch.live.connections.records[switch.old].write(state.kept, record=wish.record)
                return Wait(f"{switch.old} was asked to fence itself")
        orders = record.orders if record else 0
        if not (reading.paused and reading.fence_ordered(orders)):
            switch.live.connections.sites[switch.old].pause(reading, orders)
            switch.book.prove(f"{switch.old} was shut down by the verb", switch.old, reading.state)
        why = "its pods may be the majority still" if self._forced else "an agent that is gone fences nothing"
        return Wait(
            f"the lease of {switch.old} is over, and its database is seen as {reading.state}: {why}, so this run "
            "ordered the shutdown; the operator's confirmation of it would prove the fence"
        )

    def _contradicts(self, state: SiteState) -> bool:
        """Whether the old site answers and does not show that it takes no writes."""
        reading = state.reading
        if state.problem or reading is None:
            return False
        return reading.writes not in (Writes.CLOSED, Writes.FENCED) or (self._forced and not reading.paused)

    def judged(self) -> Outcome:
        """Says what the old site is: fenced and to be rebuilt, or unreachable and fenced by its own agent."""
        switch = self._switch
        state = switch.live.site(switch.old)
        place = switch.live.connections.sites[switch.old].place
        if not state.problem:
            switch.measures.back(switch.old)
            switch.measures.note(switch.book, switch.old, switch.new)
        if state.problem:
            told = "does not answer; its agent fences it when it comes back; then run `dbaas dr rejoin`"
            switch.book.prove(f"{switch.old} needs a rebuild", place, told)
            return Done()
        if state.role in (Role.FENCED, Role.STANDBY, Role.STREAMING, Role.SEEDING, Role.FAILED):
            told = f"is {state.role}; it may have writes of its own: run `dbaas dr rejoin {switch.old}`"
            switch.book.prove(f"{switch.old} needs a rebuild", place, told)
            return Done()
        if state.role is Role.FENCING and state.reading and state.reading.writes is Writes.FENCED:
            told = f"is shut down, and no agent says so: start its agent, then run `dbaas dr rejoin {switch.old}`"
            switch.book.prove(f"{switch.old} needs a rebuild", place, told)
            return Done()
        return Wait(f"{switch.old} answers and is {state.role}; its agent has to fence it")
