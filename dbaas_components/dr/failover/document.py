"""The topology as `dbaas dr` and the agents read it: `topology.json`, made of `DatabaseTopology`'s outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, cast

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from dbaas_components.dr.timing import LeaseTiming
from dbaas_components.errors import Problem, SpecError, matching, problems_of, shown

_name = matching(
    r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
    "is no name of an object; write at most 63 lower-case letters, digits and hyphens, with no hyphen at its ends",
)
Name = Annotated[str, AfterValidator(_name)]
_Text = Annotated[str, Field(min_length=1)]
PRODUCTION: Final = ("prod", "production")
_FROM_OUTPUTS: Final = (
    "engine",
    "mode",
    "primary_region",
    "epoch",
    "roles",
    "lag_limit",
    "limits",
    "traffic_ttl",
    "traffic",
    "record",
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Access(_Part):
    """How a Kubernetes cluster is reached from where the command runs."""

    context: str | None = None
    """Context of the kubeconfig; default: its current one."""
    kubeconfig: Path | None = None
    """Default: `$KUBECONFIG`, else the usual file."""


class Witness(Access):
    """The cluster of the lease, which is neither region's."""

    namespace: Name = "dbaas-dr"


class S3Place(_Part):
    """The lease as an object of S3."""

    kind: Literal["s3"] = "s3"
    bucket: _Text
    key: _Text
    region: str | None = None
    endpoint: str | None = None


class GcsPlace(_Part):
    """The lease as an object of Google Cloud Storage."""

    kind: Literal["gcs"]
    bucket: _Text
    key: _Text


def _of_a_kind(value: Any) -> Any:
    """A place that says no kind is one in S3."""
    if not isinstance(value, dict):
        return value
    given = cast("dict[str, Any]", value)
    kind = given.get("kind", "s3")
    if kind not in ("s3", "gcs"):
        raise ValueError(f"kind {shown(kind)} is no place of a lease; write s3 or gcs")
    if kind == "gcs" and (more := [key for key in given if key not in GcsPlace.model_fields]):
        raise ValueError(
            f"{', '.join(map(str, more))} says nothing of a place in Cloud Storage; write bucket and key alone"
        )
    return {**given, "kind": kind}


class RecordPlace(_Part):
    """The cloud's record that clients follow."""

    kind: Literal["route53", "cloud_dns"]
    zone: str
    name: str
    type: Literal["CNAME", "A"] = "CNAME"
    project: str | None = None


class LagBound(_Part):
    """How far a standby may be behind."""

    bytes: str | int | None = None
    seconds: float | None = None
    measure: str = "agent"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.bytes is None and self.seconds is None:
            raise ValueError("says neither bytes nor seconds; write one, or leave lag_limit out")
        if self.seconds is not None and self.seconds < 0:
            raise ValueError(f"seconds {self.seconds:g} is negative; write 0 or more")
        try:
            most = self.most_bytes
        except ValueError:
            raise ValueError(f'bytes "{self.bytes}" is no amount; write a number of bytes, or such as 64Mi') from None
        if most is not None and most < 0:
            raise ValueError(f"bytes {self.bytes} is negative; write 0 or more")
        return self

    @property
    def most_bytes(self) -> int | None:
        """The bytes as a number."""
        from dbaas_components.quantities import Quantity

        if self.bytes is None or isinstance(self.bytes, int):
            return self.bytes
        return int(Quantity.parse(self.bytes).amount)


class TopologyDocument(_Part):
    """Everything that a failover has to know of a topology."""

    version: Literal[1] = 1
    topology: Name
    engine: Literal["pxc", "ps", "psmdb", "pg"]
    mode: str
    primary_region: str
    """Region that is primary before there was ever a lease."""
    epoch: Annotated[int, Field(ge=1)] = 1
    roles: dict[str, dict[str, Any]]
    """Output `roles` of the topology."""
    clusters: dict[str, Access]
    """By region."""
    witness: Witness | None = None
    lease: Annotated[Annotated[S3Place | GcsPlace, Field(discriminator="kind")] | None, BeforeValidator(_of_a_kind)] = (
        None
    )
    """Where the lease is; default: a Lease in the witness."""
    timing: LeaseTiming = LeaseTiming()
    lag_limit: LagBound | None = None
    limits: list[str] = Field(default_factory=list[str])
    traffic_ttl: int | None = None
    cluster_set: str = ""
    """Name of the ClusterSet's object (ps); it is in the region whose role has its fields."""
    traffic: dict[str, dict[str, str]] = Field(default_factory=dict[str, dict[str, str]])
    """By region: `kind` (`service`) and `name` of the object that the role's traffic fields are of."""
    record: RecordPlace | None = None
    """The cloud's record, where traffic is one."""
    environment: str = "prod"
    """In `prod` and `production` an override is refused unless `overrides_allowed` names it."""
    overrides_allowed: list[Literal["accept-data-loss", "override-fencing"]] = Field(default_factory=list[Any])
    automatic: bool = False
    """Whether an agent may promote without a person, on the lease's proof and two vantage points."""
    promote_seconds: Annotated[float, Field(ge=0)] = 60.0
    """What the engine takes to become primary: for the predicted RTO alone."""
    replay_seconds: Annotated[float, Field(ge=0)] = 30.0
    """What a standby takes to replay what it received: for the predicted RTO alone."""
    detection_seconds: Annotated[float, Field(ge=0)] = 30.0
    """What it takes until the loss of a region is noticed: for the predicted RTO alone."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.roles) < 2:
            raise ValueError("roles names fewer than two regions; a topology has two at least")
        if self.primary_region not in self.roles:
            raise ValueError(f"primary_region {self.primary_region} is no region of roles ({', '.join(self.roles)})")
        for problem in (*_role_problems(self.roles), *_traffic_problems(self.traffic, self.roles)):
            raise ValueError(problem)
        missing = [region for region in self.roles if region not in self.clusters]
        if missing:
            raise ValueError(f"clusters says nothing of {', '.join(missing)}; write its context")
        strange = [region for region in self.clusters if region not in self.roles]
        if strange:
            known = ", ".join(self.roles)
            raise ValueError(f"clusters names {', '.join(strange)}, which is no region of roles ({known}); take it out")
        if self.witness is None and self.lease is None:
            raise ValueError("neither witness nor lease says where the lease is; name one")
        places = [(one.context, str(one.kubeconfig)) for one in self.clusters.values()]
        if len(set(places)) != len(places):
            raise ValueError("clusters names one context for two regions, and two regions that are one are no topology")
        if self.witness and (self.witness.context, str(self.witness.kubeconfig)) in places:
            raise ValueError("witness is the cluster of a region; the lease has to be in a third place")
        return self

    @property
    def database(self) -> str:
        """The database's name, that an override has to repeat: that of the topology."""
        return self.topology

    def may_override(self, kind: str) -> bool:
        """Whether this environment lets a person set a safety condition aside."""
        return self.environment not in PRODUCTION or kind in self.overrides_allowed


def _role_problems(roles: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is missing in the table of roles, which is an output and nobody's to write by hand."""
    fix = "make the document anew with `dbaas dr document`, of the topology's outputs"
    for region, table in roles.items():
        lacking = [key for key in ("api_version", "kind", "namespace", "name", "roles") if not table.get(key)]
        if lacking:
            yield f"roles.{region} lacks {', '.join(lacking)}; {fix}"
            return
        fields: Any = table["roles"]
        if not isinstance(fields, dict) or set(cast("dict[str, Any]", fields)) != set(roles):
            yield f"roles.{region}.roles does not say what {region} is under each region; {fix}"
            return
        for one in (one for listed in cast("dict[str, Any]", fields).values() for one in listed):
            if not isinstance(one, dict) or not {"object", "path", "value"} <= set(cast("dict[str, Any]", one)):
                yield f"roles.{region}.roles holds something that is no field of an object; {fix}"
                return


def _traffic_problems(traffic: Mapping[str, Mapping[str, str]], roles: Mapping[str, Any]) -> Iterator[str]:
    for region, one in traffic.items():
        if region not in roles:
            yield f"traffic names {region}, which is no region of roles ({', '.join(roles)}); take it out"
        elif one.get("kind") != "service" or not one.get("name"):
            yield f"traffic.{region} names no Service; write kind: service and its name"


def read_document(path: Path) -> TopologyDocument:
    """The topology of a JSON or YAML file. Raises `SpecError` with every problem."""
    subject = str(path)
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or type(error).__name__
        raise SpecError(subject, [Problem("", f"cannot be read ({told}); name another with --topology")]) from None
    except yaml.YAMLError:
        raise SpecError(subject, [Problem("", "is neither JSON nor YAML; make it with `dbaas dr document`")]) from None
    if not isinstance(given, dict):
        raise SpecError(subject, [Problem("", "is no mapping; make it with `dbaas dr document`")])
    return parse_document(cast("dict[str, Any]", given), subject=subject)


def parse_document(given: Mapping[str, Any], *, subject: str = "topology") -> TopologyDocument:
    """The same of a mapping."""
    try:
        return TopologyDocument.model_validate(dict(given))
    except ValidationError as error:
        raise SpecError(subject, problems_of(error, model=TopologyDocument)) from None


def document_of(name: str, outputs: Mapping[str, Any], clusters: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
    """What belongs into `topology.json`, made of the outputs of a `DatabaseTopology`.

    `clusters` is the access to each region's cluster; `settings` are further fields of `TopologyDocument`, `witness`
    among them. Raises `SpecError` where they do not fit.
    """
    given = {
        "topology": name,
        **{key: outputs[key] for key in _FROM_OUTPUTS if outputs.get(key) is not None},
        "clusters": dict(clusters),
        **settings,
    }
    return json.loads(parse_document(given).model_dump_json(exclude_none=True))
