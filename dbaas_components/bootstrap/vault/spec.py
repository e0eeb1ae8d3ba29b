"""What `Vault` is told, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal, cast

from pydantic import AfterValidator, Field, model_validator

from dbaas_components.bootstrap.charts import FromCharts
from dbaas_components.bootstrap.fields import Form, SecureServer, VaultMount
from dbaas_components.bootstrap.vault.consumers import Consumers
from dbaas_components.bootstrap.vault.seal import Seal
from dbaas_components.databases.spec.part import (
    Bytes,
    Cron,
    Duration,
    LabelKey,
    LabelName,
    LabelValue,
    Line,
    NamespaceName,
    ObjectName,
    Part,
    duration_of,
)
from dbaas_components.databases.spec.placement import Toleration
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.errors import Problem, SpecError, shown
from dbaas_components.ownership import Ownership
from dbaas_components.quantities import Quantity

SMALLEST_VOLUME: Final = "1Gi"
"""What a volume has at least; a limit of this library, which keeps a slip such as `1` from stopping Vault later."""

SHORTEST_PERIOD: Final = 7 * 86_400
"""Seconds. The program that renews tokens may fail over a long weekend and no database loses its keys."""

LONGEST_PERIOD: Final = 768 * 3_600
"""Seconds. The default `max_lease_ttl` of Vault and OpenBao, to which they cut a longer period with a warning."""


def _odd(replicas: int) -> int:
    if replicas % 2 == 0:
        message = f"{replicas} is even: a majority of {replicas} is no safer than one of {replicas - 1}"
        raise ValueError(f"{message}; write {replicas - 1} or {replicas + 1}")
    return replicas


def _period(text: str) -> str:
    if not SHORTEST_PERIOD <= duration_of(text).total_seconds() <= LONGEST_PERIOD:
        raise ValueError(
            f'"{text}" is not between 7d and 32d: a database whose token ended does not start, and Vault shortens what '
            "is longer"
        )
    return text


HostName = Annotated[
    str,
    Form(
        r"(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        "the name of a host; write such as vault.example.com, without https:// and port",
    ),
]
"""Name in the server's certificate: `vault.example.com`."""


class VaultIssuer(Part):
    """Who issues the server's certificate."""

    name: ObjectName = "dbaas-ca"
    kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer"


def _large_enough(text: str) -> str:
    if Quantity.parse(text) < Quantity.parse(SMALLEST_VOLUME):
        raise ValueError(
            f"{shown(text)} is less than {SMALLEST_VOLUME}: raft's log, a snapshot and the audit log need room, and a "
            f"full volume stops Vault; write {SMALLEST_VOLUME} or more"
        )
    return text


class Volume(Part):
    """A volume of each pod."""

    size: Annotated[Bytes, AfterValidator(_large_enough)] = "10Gi"
    storage_class: ObjectName | None = None


class Tokens(Part):
    """Tokens of databases that keep their keys here."""

    period: Annotated[Duration, AfterValidator(_period)] = "30d"
    schedule: Cron = "23 */6 * * *"


class S3Bucket(Part):
    """A bucket of S3 or of whoever speaks like it."""

    bucket: Line
    region: Line
    prefix: Line = "vault"
    endpoint: SecureServer | None = None
    credentials_secret: ObjectName | None = None


class GoogleBucket(Part):
    """A bucket of Google Cloud Storage."""

    bucket: Line
    prefix: Line = "vault"


class Snapshots(Part):
    """Snapshots of everything, in a bucket."""

    schedule: Cron = "41 */6 * * *"
    s3: S3Bucket | None = None
    google: GoogleBucket | None = None
    service_account_annotations: dict[LabelKey, Line] = {}

    @model_validator(mode="after")
    def _one_bucket(self) -> Snapshots:
        if (self.s3 is None) == (self.google is None):
            raise SpecError("", [Problem("", "takes one of s3 and google; write where the snapshots go")])
        return self


class VaultSpec(FromCharts):
    """The arguments of `Vault`, checked."""

    ownership: Ownership
    software: Literal["openbao", "vault"] = "openbao"
    namespace: NamespaceName | None = None
    create_namespace: bool = True
    replicas: Annotated[int, Field(ge=1, le=7), AfterValidator(_odd)] = 3
    seal: Seal
    issuer: VaultIssuer = VaultIssuer()
    host_names: tuple[HostName, ...] = ()
    data: Volume = Volume()
    audit: Volume = Volume()
    zones: bool = True
    resources: Resources = Resources()
    node_labels: dict[LabelKey, LabelValue] = {}
    tolerations: tuple[Toleration, ...] = ()
    priority_class: ObjectName | None = None
    service_account_annotations: dict[LabelKey, Line] = {}
    pull_secrets: tuple[ObjectName, ...] = ()
    mount: VaultMount = "secret"
    audience: Line = "vault"
    auth_mount: LabelName = "kubernetes"
    consumers: Consumers = Consumers()
    tokens: Tokens = Tokens()
    snapshots: Snapshots | None = None
    service_monitor: bool = False
    deletion_protection: bool = True

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed."""
        return (self.software,)

    @property
    def home(self) -> str:
        """Its namespace."""
        return self.namespace or self.software

    @property
    def release(self) -> str:
        """Name of the release, of the StatefulSet and of the Services."""
        return self.software

    @property
    def pods(self) -> list[tuple[str, str]]:
        """Each pod's name, and its address whatever state it is in."""
        names = [f"{self.release}-{number}" for number in range(self.replicas)]
        return [(name, f"https://{name}.{self.release}-internal.{self.home}.svc:8200") for name in names]

    @property
    def address(self) -> str:
        """Where the active pod is reached."""
        return f"https://{self.release}-active.{self.home}.svc:8200"

    @model_validator(mode="after")
    def _fits_together(self) -> VaultSpec:
        problems = [*self._problems()]
        if problems:
            raise SpecError("", problems)
        return self

    def _problems(self) -> Iterator[Problem]:
        if any(one.place == self.mount for one in self.consumers.keys):
            yield Problem("mount", f'"{self.mount}" holds keys of databases already; name another')
        for number, one in enumerate(self.consumers.pmm_tokens.databases if self.consumers.pmm_tokens else ()):
            if one.count("/") != 1 or "*" in one:
                yield Problem(f"consumers.pmm_tokens.databases[{number}]", f'"{one}" is not namespace/name')
        # The servers' configuration and annotations pass through the chart's templates.
        for path, given in (("service_account_annotations", self.service_account_annotations), ("seal", self.seal)):
            if any("{{" in text for text in _texts(given if isinstance(given, dict) else given.model_dump())):
                message = "holds {{, which the chart would take for a template of its own; write the value itself"
                yield Problem(path, message)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in cast("Mapping[str, Any]", value).values():
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
