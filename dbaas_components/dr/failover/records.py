"""What a region keeps of its role and of what people asked for: one ConfigMap beside its database.

Whoever writes replaces the version that was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dbaas_components.dr.failover.cluster import Cluster
from dbaas_components.dr.failover.site import part
from dbaas_components.dr.records import RoleRecord, read_record
from dbaas_components.labels import platform_labels

_RECORD: Final = "record.json"
_WISHES: Final = "wishes.json"
_REPORT: Final = "report.json"


class Wishes(BaseModel):
    """What a person set aside or stated, for the promotion out of one epoch; worth nothing at any other."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: Annotated[int, Field(ge=0)]
    """The lease's epoch that the person saw."""
    database: str = ""
    """The database's name, as the person wrote it."""
    accept_data_loss: bool = False
    override_fencing: bool = False
    reconfigured: bool = False
    """The forced reconfiguration of a replica set was carried out and read back."""
    stated_lag: str = ""
    """A lag that a person states, `0 bytes` or `3 s`, with who measured it."""
    stated_by: str = ""
    stated_after_fence: bool = False
    """Whether the old primary was fenced already when it was stated: only then does it say that nothing is missing."""


class Report(BaseModel):
    """What a region's agent says of itself; for people, verbs and the other vantage points."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    region: str
    instance: str
    count: int
    """Grows with every look; whoever reads counts on a clock of their own since when it stands still."""
    role: str
    reason: str
    """What the agent does next, or what it waits for."""
    writes: str = ""
    state: str = ""
    lag: str = ""
    lag_within_limit: bool | None = None
    final_position_reached: bool | None = None
    history_contained: bool | None = None
    lease: str = ""
    lease_waited: float = 0.0
    """Seconds since when the lease stands unchanged before this agent."""
    votes: int = 0
    measures: dict[str, str] = {}
    """What the measures beside the fence were last read back as, by name."""
    at: str = ""
    """UTC, for people."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A region's ConfigMap as it was read."""

    record: RoleRecord | None
    wishes: Wishes | None
    version: str | None


class RecordStore:
    """The role record of one region, with what people asked of it."""

    def __init__(self, cluster: Cluster, namespace: str, *, topology: str, region: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._topology = topology
        self._region = region
        self._name = f"dbaas-dr-{topology}-{region}"
        self._folder = f"/api/v1/namespaces/{namespace}/configmaps"

    @property
    def place(self) -> str:
        """For messages and evidence."""
        return f"{self._region}: ConfigMap {self._namespace}/{self._name}"

    def read(self) -> Kept:
        """What stands there. Raises `ClusterUnreachable` and `ClusterRefused`."""
        found = self._cluster.get(f"{self._folder}/{self._name}")
        if found is None:
            return Kept(None, None, None)
        data = part(found, "data")
        record = read_record(data.get(_RECORD), topology=self._topology, region=self._region)
        return Kept(record, _wishes(data.get(_WISHES)), str(found["metadata"]["resourceVersion"]))

    def write(self, basis: Kept, *, record: RoleRecord | None = None, wishes: Wishes | None = None) -> None:
        """Replaces what was read; what is None stays. Raises `Conflict` where somebody wrote in between."""
        kept_record, kept_wishes = record or basis.record, wishes or basis.wishes
        data: dict[str, str] = {}
        if kept_record is not None:
            data[_RECORD] = kept_record.model_dump_json()
        if kept_wishes is not None:
            data[_WISHES] = kept_wishes.model_dump_json()
        body = self._body(self._name, data)
        if basis.version is None:
            self._cluster.create(self._folder, body)
            return
        body["metadata"]["resourceVersion"] = basis.version
        self._cluster.replace(f"{self._folder}/{self._name}", body)

    def report(self, report: Report) -> None:
        """Says what the agent sees; its own object, so that it never stands in the record's way."""
        name = f"{self._name}-report"
        self._cluster.apply(f"{self._folder}/{name}", self._body(name, {_REPORT: report.model_dump_json()}))

    def read_report(self) -> Report | None:
        """What the agent last said."""
        found = self._cluster.get(f"{self._folder}/{self._name}-report")
        try:
            text = part(found or {}, "data").get(_REPORT)
            return Report.model_validate_json(text) if text else None
        except ValidationError:
            return None

    def _body(self, name: str, data: dict[str, str]) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name, "namespace": self._namespace, "labels": platform_labels()}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _wishes(text: str | None) -> Wishes | None:
    try:
        return Wishes.model_validate_json(text) if text else None
    except ValidationError:
        return None
