"""The evidence of one run of a verb: who, when, from which epoch to which, on what proofs, at what cost.

It is written after every step, so that a verb that was killed goes on from it. Where it and the live state disagree,
the live state is right: the record says what was read, and a step asks again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence, Set
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt, wait_fixed

from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable, Conflict
from dbaas_components.dr.failover.site import part
from dbaas_components.dr.measures.measured import Measured
from dbaas_components.labels import platform_labels

if TYPE_CHECKING:
    from dbaas_components.dr.failover.cluster import Cluster

SCHEMA_VERSION: Final = 2
"""Of what is written; grows with every change after which an older reader could not read it. 2 added `measures`."""
_KEY: Final = "evidence.json"
_TRIES: Final = 3
# Of the last word, in a cluster that took an earlier one; seconds between them.
_LAST_TRIES: Final = 3
_BETWEEN_TRIES: Final = 1.0


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Proof(_Part):
    """One thing that was read."""

    what: str
    """What it shows: `fence of eu confirmed`."""
    where: str
    """Where it was read: the cluster and the object."""
    value: str
    at: str
    """UTC, for people."""


class MeasureEvidence(_Part):
    """A measure beside the fence as it was read back: no proof, and nothing rests on it."""

    measure: str
    region: str
    state: Literal["in force", "not in force", "not known", "not possible"]
    value: str
    where: str
    at: str
    """UTC, for people."""


class StepEvidence(_Part):
    """What became of one step."""

    name: str
    begin: str
    end: str | None = None
    """None while it runs, and for good where the run ended in it."""
    outcome: Literal["running", "done", "already done", "stopped"] = "running"
    waits: list[str] = Field(default_factory=list[str])
    """The reasons for which it waited, in their order, each once."""


class OverrideEvidence(_Part):
    """A safety condition that a person set aside."""

    kind: Literal["accept-data-loss", "override-fencing", "force-reconfiguration", "rebuild", "stated-lag"]
    database: str
    by: str
    at: str
    reason: str = ""


class Evidence(_Part):
    """One run. `docs/failover.md` has its schema."""

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    """1 has no `measures`. A run that was begun under 1 and is gone on with is written as the current one."""
    run: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}$")]
    verb: str
    topology: str
    engine: str
    by: str
    begin: str
    end: str | None = None
    outcome: Literal["running", "done", "stopped"] = "running"
    reason: str = ""
    """Why it stopped, and what would let it go on."""
    from_region: str = ""
    to_region: str = ""
    epoch_before: int = 0
    epoch_after: int | None = None
    lag_at_cut: str = ""
    """The last lag that was measured before writes stopped, with who measured it; empty where nobody did."""
    rpo: str = ""
    """What may be lost, as far as it was measured."""
    rto_seconds: float | None = None
    """From the moment the verb began to act until the new primary was read back as taking writes; of all attempts."""
    acted_at: str | None = None
    """UTC: when the first thing was changed."""
    proofs: list[Proof] = Field(default_factory=list[Proof])
    measures: list[MeasureEvidence] = Field(default_factory=list[MeasureEvidence])
    steps: list[StepEvidence] = Field(default_factory=list[StepEvidence])
    overrides: list[OverrideEvidence] = Field(default_factory=list[OverrideEvidence])
    attempts: int = 1
    """How often the verb was started for this run."""


def utc_now() -> str:
    """The time for people: no decision reads it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def read_evidence(text: str | None) -> Evidence | None:
    """The record in `text`; None where there is none that can be read."""
    try:
        return Evidence.model_validate_json(text) if text else None
    except ValidationError:
        return None


class EvidenceBook:
    """Keeps a run's record in a file and in ConfigMaps of the clusters that answer.

    A cluster that does not answer is left out and tried again with the next step; the file has to be written.
    """

    def __init__(
        self,
        evidence: Evidence,
        folder: Path,
        clusters: Sequence[tuple[Cluster, str]],
        now: Callable[[], str] = utc_now,
    ) -> None:
        self.evidence = evidence
        self._folder = folder
        self._clusters = clusters
        self._answered: set[int] = set()
        self._left_out: set[int] = set()
        self.now = now

    @property
    def file(self) -> Path:
        """Where the record is on this machine."""
        return self._folder / f"{self.evidence.run}.json"

    def save(self) -> None:
        """Writes it down everywhere, the file first."""
        self.evidence.schema_version = SCHEMA_VERSION
        text = self.evidence.model_dump_json(indent=1)
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(self.file)
        self._left_out = set(range(len(self._clusters)))
        self._write_to(self._left_out, text)

    def close(self) -> None:
        """Saves the run's last word, after which no step comes: a cluster that took an earlier one is tried again."""
        self.save()
        text = self.file.read_text(encoding="utf-8")

        def again() -> bool:
            self._write_to(self._left_out & self._answered, text)
            return bool(self._left_out & self._answered)

        Retrying(
            retry=retry_if_result(bool),
            stop=stop_after_attempt(_LAST_TRIES),
            wait=wait_fixed(_BETWEEN_TRIES),
            retry_error_callback=lambda _: None,
        )(again)

    def _write_to(self, numbers: Set[int], text: str) -> None:
        for number in sorted(numbers):
            cluster, namespace = self._clusters[number]
            try:
                keep(cluster, namespace, self.evidence.run, text)
            except (ClusterUnreachable, ClusterRefused):
                continue  # A lost region is what verbs are for; the next step tries it again.
            self._left_out.discard(number)
            self._answered.add(number)

    def prove(self, what: str, where: str, value: object) -> None:
        """Adds a proof, once for each value."""
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        if not any((one.what, one.where, one.value) == (what, where, text) for one in self.evidence.proofs):
            self.evidence.proofs.append(Proof(what=what, where=where, value=text, at=self.now()))

    def measured(self, region: str, found: Measured) -> None:
        """Adds what a measure was read back as, where it is another than before."""
        known = [one for one in self.evidence.measures if (one.measure, one.region) == (found.name, region)]
        if known and (known[-1].state, known[-1].value) == (str(found.state), found.value):
            return
        told = {"measure": found.name, "state": str(found.state), "value": found.value, "where": found.where}
        self.evidence.measures.append(MeasureEvidence.model_validate({**told, "region": region, "at": self.now()}))

    def proven(self, what: str) -> Proof | None:
        """The last proof of something."""
        return next((one for one in reversed(self.evidence.proofs) if one.what == what), None)


def object_name(run: str) -> str:
    """Name of the ConfigMap that holds a run's record."""
    return f"dbaas-dr-evidence-{run}"


def keep(cluster: Cluster, namespace: str, run: str, text: str) -> None:
    """Writes a record into a cluster, over an older one. Raises `ClusterUnreachable` and `ClusterRefused`."""
    folder = f"/api/v1/namespaces/{namespace}/configmaps"
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": object_name(run), "namespace": namespace, "labels": platform_labels()},
        "data": {_KEY: text},
    }
    again = Retrying(retry=retry_if_exception_type(Conflict), stop=stop_after_attempt(_TRIES), reraise=True)
    again(cluster.apply, f"{folder}/{object_name(run)}", body)


def kept(cluster: Cluster, namespace: str, run: str) -> Evidence | None:
    """The record of a run as a cluster has it."""
    found = cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/{object_name(run)}")
    return read_evidence(part(found or {}, "data").get(_KEY))
