"""The role record of one region, which lies in that region's own Kubernetes cluster.

Whoever writes it replaces the version that was read, so that an agent and a person do not overwrite each other.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Name = Annotated[str, Field(min_length=1, max_length=253)]


class Role(StrEnum):
    """What a region's database is, within its topology."""

    STANDBY = "standby"
    SEEDING = "seeding"
    STREAMING = "streaming"
    FENCING = "fencing"
    FENCED = "fenced"
    PROMOTING = "promoting"
    PRIMARY = "primary"
    FAILED = "failed"


class Approval(BaseModel):
    """A person's word that this region shall be promoted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: Annotated[int, Field(ge=0)]
    """The lease's epoch that the person saw; once a later one was promoted, the approval is worth nothing."""
    planned: bool = False
    """Whether no acknowledged write may be lost: the region has to have replayed the old primary's last position."""
    by: str = ""
    at: str = ""
    """For people only, UTC."""


class RoleRecord(BaseModel):
    """What a region has to remember over a restart."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topology: Name
    region: Name
    role: Role = Role.STANDBY
    epoch: Annotated[int, Field(ge=0)] = 0
    """The epoch under which this region last became primary, 0 if it never did."""
    incarnation: Annotated[int, Field(ge=0)] = 0
    """The epoch at which the line of its data began; names the place in the bucket."""
    instance: str = ""
    """The boot of the agent that wrote it."""
    hold: bool = False
    """A person fenced it: it stays closed until a person approves it again."""
    successor: str | None = None
    """To which region alone a person hands it over; None means whoever is approved."""
    orders: Annotated[int, Field(ge=0)] = 0
    """Number of the orders to the database: grows with each way to primary. An order to fence overrules every order to
    open of its own number or a lower one, so that none that is late opens the database afterwards."""
    approval: Approval | None = None
    written_at: str = ""
    """For people only, UTC; nothing reads it."""


def read_record(text: str | None, *, topology: str, region: str) -> RoleRecord | None:
    """The record in `text`; None if it is missing, unreadable or another region's, and None means standby."""
    if text is None:
        return None
    try:
        record = RoleRecord.model_validate_json(text)
    except ValidationError:
        return None
    return record if (record.topology, record.region) == (topology, region) else None


def role_of(record: RoleRecord | None) -> Role:
    """The role that a record gives: standby where there is none that can be read."""
    return record.role if record is not None else Role.STANDBY
