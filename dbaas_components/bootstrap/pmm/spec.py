"""What `Pmm` is told, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, model_validator

from dbaas_components.bootstrap.charts import FromCharts
from dbaas_components.bootstrap.first_passwords import Maker
from dbaas_components.databases.spec.part import (
    Bytes,
    Duration,
    LabelKey,
    LabelValue,
    Line,
    NamespaceName,
    ObjectName,
    Part,
    SecretKeyName,
    duration_of,
)
from dbaas_components.databases.spec.placement import Toleration
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.errors import Problem, SpecError, shown
from dbaas_components.ownership import Ownership

PASSWORD_KEY: Final = "PMM_ADMIN_PASSWORD"  # noqa: S105 - the name of a key
SERVICE: Final = "monitoring-service"
_URL: Final = re.compile(r"https://[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?(:\d{1,5})?/?")
_VARIABLE: Final = re.compile(r"(PMM|GF)_[A-Z0-9_]+")
_OURS: Final = ("PMM_ENABLE_UPDATES", "PMM_ENABLE_TELEMETRY", "PMM_DATA_RETENTION")
_SECRET: Final = re.compile(r"PASSWORD|SECRET|TOKEN|PRIVATE|_KEY$")
_DAY: Final = 86_400


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{shown(text)} is not the address of a PMM server; write such as https://pmm.example.com")
    return text.rstrip("/")


def _whole_days(text: str) -> str:
    if duration_of(text).total_seconds() % _DAY:
        raise ValueError(f"{shown(text)} is not a number of whole days, which PMM wants; write such as 90d")
    return text


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError(f"{shown(name)} is not a setting of PMM or its Grafana; these begin with PMM_ or GF_")
    if name in _OURS:
        raise ValueError("is set already; updates and telemetry stay off, and retention is an argument of its own")
    if _SECRET.search(name):
        raise ValueError(f"is a secret by its name; put it into the Secret of admin_secret, as a further key {name}")
    return name


Url = Annotated[str, AfterValidator(_url)]
EnvironmentName = Annotated[str, AfterValidator(_variable)]


class IssuerReference(Part):
    """Who issues a certificate."""

    name: ObjectName = "dbaas-ca"
    kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer"


class PmmStorage(Part):
    """The volume with all metrics and settings."""

    size: Bytes = "100Gi"
    storage_class: ObjectName | None = None


class ExternalPmm(Part):
    """A PMM server that somebody else runs."""

    server: Url
    admin_secret: ObjectName
    admin_key: SecretKeyName = PASSWORD_KEY
    admin_user: Line = "admin"
    ca_secret: ObjectName | None = None
    ca_key: SecretKeyName = "ca.crt"


class PmmSpec(FromCharts):
    """The arguments of `Pmm`, checked."""

    ownership: Ownership
    namespace: NamespaceName = "pmm"
    create_namespace: bool = True
    external: ExternalPmm | None = None
    admin_from: Maker = "external_secrets"
    admin_secret: ObjectName = "pmm-admin"  # noqa: S105 - the name of a Secret
    certificate: Literal["cert_manager", "self_signed"] = "cert_manager"
    issuer: IssuerReference = IssuerReference()
    host_names: tuple[Line, ...] = ()
    storage: PmmStorage = PmmStorage()
    retention: Annotated[Duration, AfterValidator(_whole_days)] = "30d"
    resources: Resources = Resources()
    environment: dict[EnvironmentName, Line] = {}
    service: Literal["internal", "load_balancer"] = "internal"
    service_annotations: dict[LabelKey, Line] = {}
    node_labels: dict[LabelKey, LabelValue] = {}
    tolerations: tuple[Toleration, ...] = ()
    pull_secrets: tuple[ObjectName, ...] = ()
    deletion_protection: bool = True

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed."""
        return () if self.external else ("pmm",)

    @property
    def server(self) -> str:
        """Address within the Kubernetes cluster, or the other's."""
        return self.external.server if self.external else f"https://{self.host}"

    @property
    def host(self) -> str:
        """Host, with the port where it is not 443: what a database's `observability.pmm.server` takes."""
        if self.external:
            return self.external.server.removeprefix("https://")
        return f"{SERVICE}.{self.namespace}"

    @property
    def retention_hours(self) -> str:
        """How long metrics are kept, as PMM reads it."""
        return f"{int(duration_of(self.retention).total_seconds()) // 3600}h"

    @model_validator(mode="after")
    def _fits_together(self) -> PmmSpec:
        problems = [*self._unused()]
        if problems:
            raise SpecError("", problems)
        return self

    def _unused(self) -> Iterator[Problem]:
        if self.external:
            allowed = {"ownership", "namespace", "create_namespace", "external", "sources"}
            for name in sorted(self.model_fields_set - allowed):
                yield Problem(name, "has no effect on a PMM server that somebody else runs; leave it or external out")
        if self.service == "internal" and self.service_annotations:
            yield Problem("service_annotations", "has no effect on an internal Service; write service: load_balancer")
        if self.certificate == "self_signed":
            for name in sorted(self.model_fields_set & {"host_names", "issuer"}):
                yield Problem(name, "has no effect on PMM's own certificate; write certificate: cert_manager")
