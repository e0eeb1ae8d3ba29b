"""What `Coroot` is told, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from dbaas_components.bootstrap.charts import FromCharts
from dbaas_components.bootstrap.fields import SecretPlace
from dbaas_components.bootstrap.first_passwords import Maker
from dbaas_components.databases.spec.part import (
    Bytes,
    LabelKey,
    LabelValue,
    Line,
    NamespaceName,
    ObjectName,
    Part,
    Port,
)
from dbaas_components.databases.spec.placement import Toleration
from dbaas_components.databases.spec.sizing import Resources
from dbaas_components.errors import Problem, SpecError, shown
from dbaas_components.ownership import Ownership

_URL: Final = re.compile(r"https?://[^\s/@]+(/\S*)?")
_TIME: Final = re.compile(r"[1-9]\d*[mhdwy]")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{shown(text)} is not an address; write such as http://prometheus.monitoring:9090")
    return text


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a time that Coroot reads; write a number and m, h, d, w or y: 7d")
    return text


Url = Annotated[str, AfterValidator(_url)]
Time = Annotated[str, AfterValidator(_time)]


class Postgres(Part):
    """Where more than one replica keep what they share."""

    host: Line
    port: Port = 5_432
    user: Line
    database: Line
    password: SecretPlace
    ssl_mode: Literal["require", "verify-ca", "verify-full", "disable"] = "require"


class ExternalPrometheus(Part):
    """A Prometheus that is there."""

    url: Url
    remote_write_url: Url | None = None
    headers: dict[Line, Line] = {}


class Storage(Part):
    """A volume."""

    size: Bytes
    storage_class: ObjectName | None = None


class Retention(Part):
    """How long what is seen is kept."""

    metrics: Time = "30d"
    logs: Time = "7d"
    traces: Time = "7d"
    profiles: Time = "7d"


class CorootSpec(FromCharts):
    """The arguments of `Coroot`, checked."""

    ownership: Ownership
    namespace: NamespaceName = "coroot"
    create_namespace: bool = True
    admin_from: Maker = "external_secrets"
    admin_secret: ObjectName = "coroot-admin"  # noqa: S105 - the name of a Secret
    replicas: Annotated[int, Field(ge=1, le=5)] = 1
    postgres: Postgres | None = None
    external_prometheus: ExternalPrometheus | None = None
    prometheus_storage: Storage = Storage(size="20Gi")
    clickhouse_replicas: Annotated[int, Field(ge=1, le=5)] = 1
    clickhouse_storage: Storage = Storage(size="50Gi")
    storage: Storage = Storage(size="10Gi")
    retention: Retention = Retention()
    resources: Resources = Resources()
    logs: bool = True
    traces: bool = True
    profiles: bool = True
    api_key: SecretPlace | None = None
    node_agent_priority_class: ObjectName | None = None
    node_labels: dict[LabelKey, LabelValue] = {}
    tolerations: tuple[Toleration, ...] = ()
    pull_secret: ObjectName | None = None
    deletion_protection: bool = True

    @property
    def charts(self) -> Iterable[str]:
        """The charts that are installed."""
        return ("coroot-operator",)

    @model_validator(mode="after")
    def _fits_together(self) -> CorootSpec:
        problems = [*self._problems()]
        if problems:
            raise SpecError("", problems)
        return self

    def _problems(self) -> Iterator[Problem]:
        if self.replicas > 1 and self.postgres is None:
            message = (
                f"{self.replicas} share their settings in PostgreSQL, because a file of SQLite is one pod's own; name "
                "a database with postgres, or leave it at 1"
            )
            yield Problem("replicas", message)
        if self.external_prometheus and "prometheus_storage" in self.model_fields_set:
            yield Problem("prometheus_storage", "has no effect with external_prometheus; leave one of them out")
