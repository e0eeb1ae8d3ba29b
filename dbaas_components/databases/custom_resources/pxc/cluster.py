"""PerconaXtraDBCluster of the PXC operator 1.20.0."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dbaas_components.databases.custom_resources.common import (
    CustomResourceModel,
    IssuerReference,
    ObjectMeta,
    Resources,
    ScheduledUpgradeOptions,
    SecretKeySelector,
    StorageScaling,
    VolumeSpec,
)
from dbaas_components.databases.custom_resources.model import Model
from dbaas_components.databases.custom_resources.pxc.backup import Backup
from dbaas_components.databases.custom_resources.pxc.component import (
    Component,
    Probed,
    ServiceAddress,
    ServiceExpose,
    Switch,
)


class UnsafeFlags(Model):
    """Checks that the operator is told to leave out."""

    pxc_size: bool
    proxy_size: bool


class Tls(Model):
    """Encryption of connections."""

    enabled: bool
    sans: list[str] | None = Field(default=None, serialization_alias="SANs")
    """Further DNS names in the certificates."""
    issuer_conf: IssuerReference | None = None
    cert_validity_duration: str | None = None
    """In Go's notation, which knows no days: `2160h`."""
    ca_validity_duration: str | None = None


class Server(Component, Probed):
    """The Galera nodes."""

    auto_recovery: bool
    mysql_allocator: Literal["jemalloc", "tcmalloc"] | None = None
    expose: ServiceExpose | None = None
    """A Service for each node."""
    volume_spec: VolumeSpec


class HAProxy(Component, Probed, Switch):
    """The proxy that sends writes to one node; the operator takes only one of the two proxies."""

    expose_primary: ServiceAddress | None = None
    expose_replicas: ServiceExpose | None = None


class ProxySQL(Component, Switch):
    """The other proxy, which knows SQL and sends reads and writes to different nodes."""

    expose: ServiceExpose | None = None
    volume_spec: VolumeSpec | None = None


class LogRotation(Model):
    """When log files are rotated."""

    schedule: str


class LogCollector(Model):
    """Fluent Bit beside each node."""

    enabled: bool
    image: str
    image_pull_policy: str | None = None
    configuration: str | None = None
    resources: Resources | None = None
    log_rotate: LogRotation | None = None


class Pmm(Probed):
    """The monitoring client beside each pod."""

    enabled: bool
    image: str
    image_pull_policy: str | None = None
    server_host: str
    custom_cluster_name: str | None = None
    pxc_params: str | None = None
    resources: Resources | None = None


class User(Model):
    """A user that the operator makes."""

    name: str
    dbs: list[str] | None = None
    hosts: list[str] | None = None
    grants: list[str] | None = None
    with_grant_option: bool | None = None
    password_secret_ref: SecretKeySelector | None = None


class Spec(Model):
    """Specification of the database."""

    cr_version: str
    pause: bool | None = None
    secrets_name: str
    ssl_secret_name: str
    ssl_internal_secret_name: str | None = None
    vault_secret_name: str | None = None
    update_strategy: Literal["SmartUpdate"]
    upgrade_options: ScheduledUpgradeOptions
    unsafe_flags: UnsafeFlags
    tls: Tls
    storage_scaling: StorageScaling
    pxc: Server
    haproxy: HAProxy
    proxysql: ProxySQL
    logcollector: LogCollector | None = None
    pmm: Pmm | None = None
    users: list[User] | None = None
    backup: Backup


class PerconaXtraDBCluster(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["pxc.percona.com/v1"] = "pxc.percona.com/v1"
    kind: Literal["PerconaXtraDBCluster"] = "PerconaXtraDBCluster"
    metadata: ObjectMeta
    spec: Spec
