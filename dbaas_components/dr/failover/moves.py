"""The steps that verbs are made of. Each reads the live state, writes what is missing, and says done, wait or stop.

A verb writes what a person wants into the regions' records; the agents carry it out, by the guards that everything
goes through. So a verb that dies leaves nothing half done that its agents would not finish or refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dbaas_components.dr.decisions import approve, ask
from dbaas_components.dr.failover.another_approval import approve_again, outran_its_approval
from dbaas_components.dr.failover.evidence import EvidenceBook
from dbaas_components.dr.failover.live import Live, SiteState
from dbaas_components.dr.failover.measuring import Measures
from dbaas_components.dr.failover.records import Wishes
from dbaas_components.dr.failover.site import BEHAVIOUR
from dbaas_components.dr.failover.steps import Done, Outcome, Stop, Wait
from dbaas_components.dr.guards import Writes
from dbaas_components.dr.lease.interface import LeaseRecord
from dbaas_components.dr.records import Approval, Role
from dbaas_components.dr.roles import Event


@dataclass
class Switch:
    """One change of primary: from where, to where, out of which epoch."""

    live: Live
    book: EvidenceBook
    old: str
    new: str
    epoch: int
    planned: bool
    by: str
    wishes: Wishes | None = None
    measures: Measures = field(init=False)

    def __post_init__(self) -> None:
        self.measures = Measures(self.live)

    @property
    def topology(self) -> str:
        """Name of the topology."""
        return self.live.document.topology

    def acting(self) -> None:
        """Something is about to be changed: from now on the time counts. The last lag before the cut is kept."""
        evidence = self.book.evidence
        if evidence.acted_at is None:
            evidence.acted_at = self.book.now()
            report = self.live.site(self.new).report
            evidence.lag_at_cut = report.lag if report else ""
            self.book.save()

    def taken(self, lease: LeaseRecord | None) -> bool:
        """Whether the new region has a later epoch already."""
        return lease is not None and lease.holder == self.new and lease.epoch > self.epoch

    def candidate_fits(self) -> Outcome:
        """Refuses before anything is changed: a fenced primary without a successor is an outage for nothing."""
        lease = self.live.lease()
        if self.taken(lease):
            return Done()
        state = self.live.site(self.new)
        if state.problem or state.report is None:
            return Wait(state.problem or f"the agent of {self.new} says nothing; see whether its pod runs")
        wishes, report = self.wishes, state.report
        if self.planned and BEHAVIOUR[self.live.document.engine].hands_over and report.history_contained is True:
            return Done()
        knows_lag = report.lag_within_limit is not None or (wishes and (wishes.accept_data_loss or wishes.stated_lag))
        database = self.live.document.database
        if not knows_lag:
            return Stop(
                f"the lag of {self.new} is not known, so nobody can say what would be lost; measure it and state it "
                f"with --lag, or accept the loss with --accept-data-loss {database}"
            )
        if report.lag_within_limit is False and not (wishes and wishes.accept_data_loss):
            return Stop(
                f"the lag of {self.new} is above the limit ({report.lag}); let it replay, or accept the loss with "
                f"--accept-data-loss {database}"
            )
        if report.history_contained is not True:
            return Stop(
                f"the data of {self.new} ({report.role}) is not shown to be part of the primary's line; "
                f"run `dbaas dr rejoin {self.new}`"
            )
        self.book.prove(f"lag of {self.new}", self.live.connections.records[self.new].place, report.lag)
        return Done()

    def fence_old(self) -> Outcome:
        """Has the old primary fenced by its own agent, which then hands the lease to the new one."""
        lease = self.live.lease()
        if self.taken(lease):
            return Done()
        if lease is not None and lease.epoch > self.epoch:
            if lease.holder != self.old:
                return Stop(f"the lease went to {lease.holder} at epoch {lease.epoch}; look at `dbaas dr status`")
            self._go_on_from(lease.epoch)
        state = self.live.site(self.old)
        if state.problem:
            return Wait(f"{state.problem}; the old primary has to confirm its fence")
        record = state.kept.record
        held = record is not None and record.hold and record.successor == self.new
        if state.role is Role.FENCED and held and state.reading and state.reading.writes is Writes.FENCED:
            if lease is not None and lease.holder == self.old and not lease.released:
                return self._gives_back(state, lease)
            self._prove_fence(state)
            return Done()
        if not held:
            self.acting()
            intent = ask(record, Event.FENCE, topology=self.topology, region=self.old, successor=self.new)
            if intent.record is None:
                return Wait(intent.reason)
            self.live.connections.records[self.old].write(state.kept, record=intent.record)
            return Wait(f"{self.old} was asked to fence itself")
        return Wait(self._agent_words(state, f"{self.old}: {state.role}"))

    def _gives_back(self, state: SiteState, lease: LeaseRecord) -> Outcome:
        """The old primary's agent gives the lease back; one that was placed anew since has to take it anew before.

        Only the instance that holds a lease can give it back, and a site that a person fenced takes none unasked.
        """
        record = state.kept.record
        placed_anew = state.report is not None and state.report.instance != lease.instance
        asked = record is not None and record.approval is not None and record.approval.epoch == lease.epoch
        if placed_anew and not asked:
            given = Approval(epoch=lease.epoch, by=self.by, at=self.book.now())
            written = approve(record, given, topology=self.topology, region=self.old)
            self.live.connections.records[self.old].write(state.kept, record=written)
        if placed_anew:
            words = f"the agent of {self.old} was placed anew before it gave the lease back; it becomes primary again"
            return Wait(self._agent_words(state, words))
        return Wait(self._agent_words(state, f"{self.old} gives the lease back"))

    def _go_on_from(self, epoch: int) -> None:
        """The old primary took its own lease anew: what was shown of its fence before that says nothing any more."""
        book, evidence = self.book, self.book.evidence
        gone = (f"fence of {self.old} confirmed", f"last position of {self.old} replayed")
        evidence.proofs = [one for one in evidence.proofs if one.what not in gone]
        book.prove(primary_again(self.old), self.live.connections.lease.place, str(epoch))
        if self.old == evidence.from_region:
            evidence.epoch_before = epoch
        self.epoch = epoch
        if self.wishes:
            self.wishes = self.wishes.model_copy(update={"epoch": epoch, "stated_after_fence": False})
        book.save()

    def _prove_fence(self, state: SiteState) -> None:
        reading, site = state.reading, self.live.connections.sites[self.old]
        assert reading is not None, "the fence was read from the database"
        shown = {"spec.pause": reading.paused, "status.state": reading.state, "primary fields": reading.says_primary}
        self.book.prove(f"fence of {self.old} confirmed", site.place, shown)
        self.measures.note(self.book, self.old, self.new)

    def caught_up(self) -> Outcome:
        """Waits until the new region has the old one's last position. A claim before that would shut it down."""
        lease = self.live.lease()
        engine = self.live.document.engine
        if self.taken(lease) or BEHAVIOUR[engine].hands_over:
            return Done()
        state = self.live.site(self.new)
        if state.problem:
            return Wait(state.problem)
        if self.wishes and self.wishes.stated_after_fence and state.kept.wishes != self.wishes:
            self.live.connections.records[self.new].write(state.kept, wishes=self.wishes)
            return Wait(f"the lag that {self.by} stated was written down")
        if lease is None or not lease.free_for(self.new):
            return Wait(self._agent_words(self.live.site(self.old), f"{self.old} gives the lease back"))
        if state.report and state.report.final_position_reached:
            told = self.wishes.stated_lag if self.wishes and self.wishes.stated_after_fence else state.report.lag
            self.book.prove(
                f"last position of {self.old} replayed", self.live.connections.records[self.new].place, told
            )
            return Done()
        if engine == "pg":
            return Wait(f"{self.new} has not shown a lag of 0 that was measured after the fence; {self._lag_help()}")
        return Stop(f"{engine} tells nobody whether {self.new} has all of {self.old}'s; {self._lag_help()}")

    def _lag_help(self) -> str:
        return f'measure it now that {self.old} is fenced, and run the same command with --lag "0 bytes"'

    def approve_new(self) -> Outcome:
        """Gives the new region a person's approval, for this epoch alone."""
        lease = self.live.lease()
        state = self.live.site(self.new)
        record = state.kept.record
        if self.taken(lease) and record and (record.approval or record.epoch > self.epoch):
            return Done()
        if state.problem:
            return Wait(state.problem)
        approval = record.approval if record else None
        wished = self.wishes is None or state.kept.wishes == self.wishes
        if approval and approval.epoch == self.epoch and approval.planned == self.planned and wished:
            return Done()
        self.acting()
        given = Approval(epoch=self.epoch, planned=self.planned, by=self.by, at=self.book.now())
        written = approve(record, given, topology=self.topology, region=self.new)
        self.live.connections.records[self.new].write(state.kept, record=written, wishes=self.wishes)
        return Wait(f"{self.new} was approved")

    def take_back(self) -> None:
        """Takes the approval back, where it was not used yet."""
        state = self.live.site(self.new)
        record = state.kept.record
        if record and record.approval and record.approval.epoch == self.epoch:
            cleared = record.model_copy(update={"approval": None})
            self.live.connections.records[self.new].write(state.kept, record=cleared)

    def epoch_won(self) -> Outcome:
        """Waits until the new region holds the lease at a later epoch."""
        lease = self.live.lease()
        if self.taken(lease) and lease:
            self.book.evidence.epoch_after = lease.epoch
            place = self.live.connections.lease.place
            self.book.prove(f"epoch {lease.epoch} taken", place, {"holder": lease.holder, "won_by": str(lease.won_by)})
            if not self.planned:
                # Not earlier: until the lease is the new region's, the old one may open again and needs its clients.
                self.measures.take(self.book, self.old)
            return Done()
        return Wait(self._agent_words(self.live.site(self.new), f"{self.new} takes the lease"))

    def promoted(self) -> Outcome:
        """Waits until the new primary was read back as taking writes."""
        state = self.live.site(self.new)
        record, reading = state.kept.record, state.reading
        open_now = reading is not None and reading.writes is Writes.OPEN
        if state.role is Role.PRIMARY and record and record.epoch > self.epoch and open_now and reading:
            evidence = self.book.evidence
            evidence.epoch_after = record.epoch
            shown = {"status.state": reading.state, "primary fields": True, "epoch": record.epoch}
            self.book.prove(f"{self.new} takes writes", self.live.connections.sites[self.new].place, shown)
            if evidence.rto_seconds is None and evidence.acted_at:
                evidence.rto_seconds = round(_between(evidence.acted_at, self.book.now()), 3)
            self.measures.lift(self.new, primary=True)
            self.measures.note(self.book, self.old, self.new)
            return Done()
        lease = self.live.lease()
        if lease is not None and record is not None and outran_its_approval(self, record, lease):
            return approve_again(self, state, record, lease)
        return Wait(self._agent_words(state, f"{self.new}: {state.role}"))

    def old_follows(self) -> Outcome:
        """Has the old primary, fenced and shown to have no writes of its own, follow the new one."""
        lease, state = self.live.lease(), self.live.site(self.old)
        if state.problem:
            return Wait(state.problem)
        record, reading = state.kept.record, state.reading
        if record is None or lease is None:
            return Wait(f"{self.old} has no role record yet")
        if state.role is Role.FENCED:
            doubt = self.doubt_of_the_old(record.epoch)
            if doubt:
                return Stop(f"{doubt}; run `dbaas dr rejoin {self.old}`")
            # The new primary could only open once it had replayed all of the old one's.
            intent = ask(record, Event.REJOIN, topology=self.topology, region=self.old, history_contained=True)
            if intent.record is None:
                return Stop(intent.reason)
            self.live.connections.records[self.old].write(state.kept, record=intent.record)
            return Wait(f"{self.old} was asked to follow {lease.holder}")
        site = self.live.connections.sites[self.old]
        follows = reading is not None and site.follows(reading, lease.holder, lease.epoch)
        # A site that handed its role over without a shutdown still shows its fence.
        closed = reading is not None and reading.writes in (Writes.CLOSED, Writes.FENCED)
        if state.role in (Role.STANDBY, Role.STREAMING) and follows and reading and closed:
            self.measures.lift(self.old, primary=False)
            self.book.prove(f"{self.old} follows {lease.holder}", site.place, {"status.state": reading.state})
            return Done()
        return Wait(self._agent_words(state, f"{self.old}: {state.role}"))

    def doubt_of_the_old(self, last_primary: int) -> str:
        """Why the old site's data may not be part of the new primary's line; empty where this very run showed it.

        An earlier run of the same order may be gone on with after a failover, or after the old site was primary again.
        """
        if last_primary > self.epoch:
            return f"{self.old} was primary again at epoch {last_primary}, after this run began"
        hands_over = BEHAVIOUR[self.live.document.engine].hands_over
        needed = [f"fence of {self.old} confirmed", *([] if hands_over else [f"last position of {self.old} replayed"])]
        lacking = [one for one in needed if self.book.proven(one) is None]
        return f"this run did not show: {', '.join(lacking)}" if lacking else ""

    def _agent_words(self, state: SiteState, otherwise: str) -> str:
        """What the region's agent waits for, in its own words; that it is silent, where it is."""
        if state.problem:
            return state.problem
        timing = self.live.document.timing
        quiet = self.live.agent_silent(state.region)
        if state.report is None or quiet > timing.holder_validity:
            return f"the agent of {state.region} says nothing; see whether its pod runs"
        return f"{otherwise}; its agent: {state.report.reason}"


def primary_again(region: str) -> str:
    """The proof that the old primary took its lease anew in the middle of a change."""
    return f"{region} is primary again"


def _between(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
