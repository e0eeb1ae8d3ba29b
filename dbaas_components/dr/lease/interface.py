"""The lease: one record in a third place that says which region may take writes, and under which epoch.

A store offers no more than to read the record and to replace it if it is still the version that was read. The rules
that are the same for every store stand here. Results are values; nothing in here raises for what an outage does.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dbaas_components.dr.timing import monotonic_seconds

Name = Annotated[str, Field(min_length=1, max_length=253)]


class WonBy(StrEnum):
    """On what ground an epoch was taken."""

    FIRST = "first"
    """There was no record: nobody ever held the lease."""
    RELEASE = "release"
    """The holder had released it, to everybody or to this region."""
    EXPIRY = "expiry"
    """The record stayed unchanged for the challenger's whole wait."""


class LeaseRecord(BaseModel):
    """What stands in the store."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topology: Name
    holder: Name
    """The region."""
    instance: Name
    """The boot of the holder: another one has to take the lease anew, so that a restored snapshot holds nothing."""
    epoch: Annotated[int, Field(ge=1)]
    """Grows with every change of holder or instance, and never falls."""
    renewals: Annotated[int, Field(ge=0)] = 0
    """Since the epoch began."""
    request: str = ""
    """Differs with every write: a writer knows its own by it, and versions that are checksums change with each."""
    won_by: WonBy
    released: bool = False
    successor: str | None = None
    """The region to which alone it was released; None means whoever comes first."""
    writer: str = ""
    """The region that may last have taken writes, this holder's own under this epoch left aside; empty if nobody knows.
    A region that is named here has all that was ever acknowledged."""
    handed_over: bool = False
    """Whether that region gave the lease back after its fence, so that its data has a last position."""
    position: str = ""
    """How far the holder's data reached when it wrote this, in the engine's own notation; where `handed_over`, the last
    position of `writer`, which a planned successor has to have replayed. It stays until somebody else may write."""
    written_at: str = ""
    """For people only, UTC; nothing reads it."""

    def belongs_to(self, identity: Identity) -> bool:
        """Whether this very instance holds it."""
        return (self.holder, self.instance) == (identity.region, identity.instance) and not self.released

    def free_for(self, region: str) -> bool:
        """Whether it was released, and to this region or to everybody."""
        return self.released and self.successor in (None, region)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: topology, region, and the instance id of its agent.

    The instance has to change when the machine boots or the agent is placed anew, and to stay the same when its
    process alone starts again: the pod's UID with the node's boot id, for instance.
    """

    topology: str
    region: str
    instance: str


@dataclass(frozen=True, slots=True)
class Observed:
    """The record as it was read, with the version that a write has to replace; both are None where there is none."""

    record: LeaseRecord | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Granted:
    """The lease is this instance's."""

    observed: Observed
    epoch: int
    sent_at: float
    """When the request was sent, on the caller's own monotonic clock; its validity counts from here."""


@dataclass(frozen=True, slots=True)
class HeldByOther:
    """Somebody else holds it; nothing was changed."""

    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Lost:
    """It is not this instance's any more; nothing was changed."""

    holder: str | None
    epoch: int | None


@dataclass(frozen=True, slots=True)
class Released:
    """It was given back, at this epoch."""

    observed: Observed
    epoch: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The store did not answer, or not in a way that tells anything; a write may still have been carried out."""

    reason: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """What stands there is not this topology's lease; nothing was changed."""

    sentence: str


class StoreUnreachable(Exception):
    """A store's way to say that its server gave no answer; `Lease` turns it into `Unreachable`."""


class LeaseStore(Protocol):
    """One place for one record, with compare-and-swap. May raise `StoreUnreachable`, and nothing else."""

    @property
    def place(self) -> str:
        """Where the record is, for messages: `s3://bucket/key`."""
        ...

    def load(self) -> tuple[str, str] | None:
        """The record's text and its version; None where nothing stands."""
        ...

    def replace(self, text: str, version: str | None) -> str | None:
        """Writes the text if the stored version is still that one, or if nothing stands where it is None.

        Returns the new version, or None where it was another one.
        """
        ...


def taken(
    basis: LeaseRecord | None, identity: Identity, won_by: WonBy, *, seen_epoch: int = 0
) -> LeaseRecord | HeldByOther:
    """The record with which `identity` takes the lease from `basis`, one epoch above every one that it saw.

    Refused where the ground does not fit the record: nobody is first behind another, and a lease that was released to
    another region is not free.
    """
    fits = {
        WonBy.FIRST: basis is None,
        WonBy.RELEASE: basis is not None and basis.free_for(identity.region),
        WonBy.EXPIRY: basis is not None,
    }[won_by]
    if not fits:
        return HeldByOther(basis.holder, basis.epoch) if basis else HeldByOther("", 0)
    return LeaseRecord(
        topology=identity.topology,
        holder=identity.region,
        instance=identity.instance,
        epoch=max(basis.epoch if basis else 0, seen_epoch) + 1,
        won_by=won_by,
        **_past(basis),
    )


def _past(basis: LeaseRecord | None) -> dict[str, Any]:
    """What a lease that was just taken says of who wrote before."""
    if basis is None:
        return {}
    if basis.released:
        return {"writer": basis.writer, "handed_over": basis.handed_over, "position": basis.position}
    # It may have been promoted, and whatever it wrote last nobody was told.
    return {"writer": basis.holder}


def renewed(record: LeaseRecord, position: str = "") -> LeaseRecord:
    """The same lease, once more."""
    return record.model_copy(update={"renewals": record.renewals + 1, "position": position or record.position})


def restored(topology: str, epoch: int) -> LeaseRecord:
    """A record in place of one that was deleted, for a person to write; nobody holds it, and nobody may take it before
    the challenger's wait is over.

    `epoch` has to be above every epoch in the role records and the databases of all regions: with a lower one, two
    promotions could carry one epoch.
    """
    return LeaseRecord(topology=topology, holder="nobody", instance="restored", epoch=epoch, won_by=WonBy.EXPIRY)


def given_back(record: LeaseRecord, successor: str | None, position: str = "", *, wrote: bool = True) -> LeaseRecord:
    """The same epoch, free for `successor` alone or for everybody.

    Who took no writes under it hands on what was handed to it; its own position would say nothing of the last writes.
    """
    update: dict[str, Any] = {"released": True, "successor": successor}
    if wrote:
        update |= {"writer": record.holder, "handed_over": True, "position": position}
    return renewed(record).model_copy(update=update)


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


_CONFLICTS: Final = 3


class Lease:
    """The lease of one topology as one instance sees it.

    `clock` is the caller's monotonic clock in seconds. Whether a challenger waited long enough is not known here:
    `dbaas_components.dr.decisions` counts it, from its own observations, and says on what ground to acquire.
    """

    def __init__(
        self,
        store: LeaseStore,
        identity: Identity,
        *,
        clock: Callable[[], float] = monotonic_seconds,
        written_at: Callable[[], str] = _utc_now,
    ) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._written_at = written_at

    def read(self) -> Observed | Unreachable | Foreign:
        """The record as it stands now."""
        try:
            loaded = self._store.load()
        except StoreUnreachable as error:
            return Unreachable(f"{self._store.place}: {error}")
        if loaded is None:
            return Observed(None, None)
        text, version = loaded
        try:
            record = LeaseRecord.model_validate_json(text)
        except ValidationError:
            return Foreign(
                f"{self._store.place} holds something that is no lease of this library; "
                "name a place of its own for the lease, or delete what stands there"
            )
        if record.topology != self._identity.topology:
            return Foreign(
                f'{self._store.place} holds the lease of topology "{record.topology}", and this is topology '
                f'"{self._identity.topology}"; give each topology a place of its own'
            )
        return Observed(record, version)

    def acquire(
        self, basis: Observed, won_by: WonBy, *, seen_epoch: int = 0
    ) -> Granted | HeldByOther | Unreachable | Foreign:
        """Takes the lease if it still is as `basis` saw it, one epoch above it and above `seen_epoch`.

        Where an earlier request of this very instance was carried out without its answer arriving, the lease is
        renewed under the epoch that it already has.
        """
        if basis.record is not None and basis.record.belongs_to(self._identity):
            again = self.renew(basis)
            return HeldByOther(again.holder or "", again.epoch or 0) if isinstance(again, Lost) else again
        wanted = taken(basis.record, self._identity, won_by, seen_epoch=seen_epoch)
        if isinstance(wanted, HeldByOther):
            return wanted
        written = self._write(wanted, basis.version)
        if not isinstance(written, Observed):
            return written
        record = written.record
        if record is None:
            return HeldByOther("", 0)
        return HeldByOther(record.holder, record.epoch)

    def renew(self, basis: Observed, *, position: str = "") -> Granted | Lost | Unreachable | Foreign:
        """Renews what this instance holds; also takes it up again after its process started anew."""
        for _ in range(_CONFLICTS):
            record = basis.record
            if record is None or not record.belongs_to(self._identity):
                return Lost(record.holder if record else None, record.epoch if record else None)
            written = self._write(renewed(record, position), basis.version)
            if not isinstance(written, Observed):
                return written
            # An earlier renewal whose answer was lost leaves the record ours at another version.
            basis = written
        return Unreachable(f"{self._store.place}: it changed under {_CONFLICTS} renewals in a row")

    def release(
        self, basis: Observed, *, successor: str | None = None, position: str = "", wrote: bool = True
    ) -> Released | Lost | Unreachable | Foreign:
        """Gives the lease back, to one region or to everybody. The caller has to have fenced its site before.

        `wrote` is false only where the site was not promoted under this epoch (`decisions.Intent.wrote`): then the
        position that it was handed stays, and `position` is not looked at.
        """
        for _ in range(_CONFLICTS):
            record = basis.record
            if record is None or not record.belongs_to(self._identity):
                return Lost(record.holder if record else None, record.epoch if record else None)
            written = self._write(given_back(record, successor, position, wrote=wrote), basis.version)
            if isinstance(written, Granted):
                return Released(written.observed, written.epoch)
            if not isinstance(written, Observed):
                return written
            basis = written
        return Unreachable(f"{self._store.place}: it changed under {_CONFLICTS} releases in a row")

    def _write(self, record: LeaseRecord, version: str | None) -> Granted | Observed | Unreachable | Foreign:
        """Granted, or what stands in the store instead."""
        record = record.model_copy(update={"written_at": self._written_at(), "request": uuid.uuid4().hex})
        sent_at = self._clock()
        try:
            new_version = self._store.replace(text_of(record), version)
        except StoreUnreachable as error:
            return Unreachable(f"{self._store.place}: {error}")
        if new_version is not None:
            return Granted(Observed(record, new_version), record.epoch, sent_at)
        found = self.read()
        # A layer below may have sent the request twice: the second is refused because the first was carried out.
        if isinstance(found, Observed) and found.record == record:
            return Granted(found, record.epoch, sent_at)
        return found


def text_of(record: LeaseRecord) -> str:
    """The record as stores keep it: JSON with sorted keys."""
    return json.dumps(record.model_dump(mode="json"), sort_keys=True)
