"""The role machine: what happens to a region of one role at one event, and which guards have to allow it.

Pure and total: every pair of role and event is answered, by a step or by a sentence that refuses it. The diagram in
`docs/roles.md` is made from the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dbaas_components.dr.guards import GUARDS, Facts, Guard
from dbaas_components.dr.records import Role


class Event(StrEnum):
    """What a region's agent sees, or a person asks for."""

    SEED = "seed"
    SEEDED = "seeded"
    REPLICATES = "replicates"
    STALLS = "stalls"
    CLAIM = "claim"
    PROMOTE = "promote"
    OPEN = "open"
    OPENED = "opened"
    RENEW = "renew"
    REOPEN = "reopen"
    EXPIRE = "expire"
    FENCE = "fence"
    SHUT = "shut"
    CLOSED = "closed"
    RELEASE = "release"
    REJOIN = "rejoin"
    REBUILD = "rebuild"
    BREAK = "break"


EVENT_MEANING: Final[Mapping[Event, str]] = {
    Event.SEED: "its data has to be copied from the primary's backup",
    Event.SEEDED: "the copy is complete",
    Event.REPLICATES: "the database receives the primary's changes",
    Event.STALLS: "it does not receive them any more",
    Event.CLAIM: "it could take the lease",
    Event.PROMOTE: "it holds the lease at a new epoch",
    Event.OPEN: "it may take writes and does not yet",
    Event.OPENED: "the database was read back as taking writes",
    Event.RENEW: "the lease has to be renewed",
    Event.REOPEN: "it fenced itself, and its lease was never anybody else's",
    Event.EXPIRE: "its lease is over, or it takes writes without being primary",
    Event.FENCE: "a person asks that it takes no writes",
    Event.SHUT: "the order to fence has to be given",
    Event.CLOSED: "the database confirmed that it takes no writes",
    Event.RELEASE: "the lease can be given back",
    Event.REJOIN: "a person asks that it becomes a standby with the data it has",
    Event.REBUILD: "a person asks that its data is replaced",
    Event.BREAK: "the database cannot serve",
}


class Action(StrEnum):
    """What has to be done for a step; at most one for each, so that a crash never falls between two of them."""

    CLAIM_LEASE = "claim the lease"
    RENEW_LEASE = "renew the lease"
    RELEASE_LEASE = "release the lease"
    OPEN_DATABASE = "open the database for writes"
    FENCE_DATABASE = "fence the database"
    WRITE_RECORD = "write the role record"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    role: Role
    action: Action
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one event."""

    role: Role
    """The role afterwards; the one before where the event was refused."""
    action: Action | None
    reason: str

    @property
    def refused(self) -> bool:
        return self.action is None


_RECORD: Final = Action.WRITE_RECORD
_CLAIM: Final = (
    "record_readable",
    "not_held",
    "approved",
    "approval_current",
    "two_vantage_points",
    "predecessor_out",
    "lag_measured",
    "lag_within_limit",
    "history_contained",
    # A claim that can only be refused its promotion shuts the site down, and outdates the approval that it rests on.
    "final_position_reached",
)
_PROMOTE: Final = (
    "record_readable",
    "not_held",
    "approved",
    "approval_current",
    "two_vantage_points",
    "lease_valid",
    "epoch_higher",
    "lag_measured",
    "lag_within_limit",
    "history_contained",
    "final_position_reached",
)
_CANDIDATES: Final = (Role.STANDBY, Role.STREAMING, Role.FENCED)


def _rows() -> dict[tuple[Role, Event], Step]:
    rows: dict[tuple[Role, Event], Step] = {
        (Role.STANDBY, Event.SEED): Step(Role.SEEDING, _RECORD, ("another_primary",)),
        (Role.SEEDING, Event.SEEDED): Step(Role.STANDBY, _RECORD),
        (Role.STANDBY, Event.REPLICATES): Step(Role.STREAMING, _RECORD, ("history_contained",)),
        (Role.STREAMING, Event.STALLS): Step(Role.STANDBY, _RECORD),
        (Role.PROMOTING, Event.OPENED): Step(Role.PRIMARY, _RECORD),
        (Role.FENCED, Event.REOPEN): Step(
            Role.PRIMARY, _RECORD, ("record_readable", "not_held", "lease_valid", "same_instance")
        ),
        (Role.FENCING, Event.SHUT): Step(Role.FENCING, Action.FENCE_DATABASE),
        (Role.FENCING, Event.CLOSED): Step(Role.FENCED, _RECORD, ("fence_confirmed",)),
        (Role.FENCED, Event.REJOIN): Step(Role.STANDBY, _RECORD, ("history_contained",)),
        (Role.FAILED, Event.REJOIN): Step(Role.STANDBY, _RECORD, ("history_contained",)),
    }
    for role in _CANDIDATES:
        rows[role, Event.CLAIM] = Step(role, Action.CLAIM_LEASE, _CLAIM)
        rows[role, Event.PROMOTE] = Step(Role.PROMOTING, _RECORD, _PROMOTE)
    for role in (*_CANDIDATES, Role.SEEDING, Role.FAILED):
        rows[role, Event.RELEASE] = Step(role, Action.RELEASE_LEASE, ("fence_confirmed",))
        rows[role, Event.SHUT] = Step(role, Action.FENCE_DATABASE)
        rows[role, Event.EXPIRE] = Step(Role.FENCING, _RECORD)
        rows[role, Event.FENCE] = Step(Role.FENCING, _RECORD)
    for role in (Role.PROMOTING, Role.PRIMARY):
        rows[role, Event.OPEN] = Step(role, Action.OPEN_DATABASE, ("lease_valid",))
        rows[role, Event.EXPIRE] = Step(Role.FENCING, _RECORD)
        rows[role, Event.FENCE] = Step(Role.FENCING, _RECORD)
        rows[role, Event.BREAK] = Step(Role.FENCING, _RECORD)
    for role in (*_CANDIDATES, Role.PROMOTING, Role.PRIMARY):
        rows[role, Event.RENEW] = Step(role, Action.RENEW_LEASE, ("same_instance",))
    for role in (Role.STANDBY, Role.STREAMING, Role.FENCED, Role.FAILED):
        rows[role, Event.REBUILD] = Step(Role.SEEDING, _RECORD, ("another_primary",))
    for role in (*_CANDIDATES, Role.SEEDING):
        rows[role, Event.BREAK] = Step(Role.FAILED, _RECORD)
    return rows


TABLE: Final[Mapping[tuple[Role, Event], Step]] = _rows()

_WHY: Final[Mapping[Role, str]] = {
    Role.STANDBY: "it takes no writes and receives none yet",
    Role.SEEDING: "its data is being replaced",
    Role.STREAMING: "it takes no writes and receives the primary's",
    Role.FENCING: "first the database has to confirm that it takes no writes",
    Role.FENCED: "it takes no writes; approve it, let it rejoin or rebuild it",
    Role.PROMOTING: "it is being opened; it can only open or be fenced",
    Role.PRIMARY: "it takes writes; it can only go on or be fenced",
    Role.FAILED: "its database cannot serve; rebuild it, or let it rejoin once it is repaired",
}


def next_role(role: Role, event: Event, facts: Facts, guards: Mapping[str, Guard] = GUARDS) -> Decision:
    """What becomes of a region of this role at this event.

    `guards` is the table of guards; the exploration gives it with one of them taken out.
    """
    step = TABLE.get((role, event))
    if step is None:
        return Decision(role, None, f"{event} is refused while {role}: {_WHY[role]}")
    for name in step.guards:
        guard = guards.get(name)
        if guard is not None and not guard.allows(facts):
            return Decision(role, None, f"{event} is refused while {role}: {guard.refusal}")
    return Decision(step.role, step.action, f"{EVENT_MEANING[event]}: {step.action}")
