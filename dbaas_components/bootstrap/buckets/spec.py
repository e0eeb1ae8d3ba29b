"""What a bucket for backups is asked to be: checked words, without any cloud's SDK."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from dbaas_components.bootstrap.buckets.spec_problems import bucket_problems
from dbaas_components.bootstrap.charts.sources import Sources
from dbaas_components.bootstrap.fields import Form, SecretPlace, SecureServer, not_empty
from dbaas_components.databases.spec.backup import Schedule
from dbaas_components.databases.spec.part import Count, LabelName, Line, NamespaceName, ObjectName, Part
from dbaas_components.errors import SpecError
from dbaas_components.ownership import Ownership

Provider = Literal["aws", "gcp", "azure", "s3_compatible"]
EngineWord = Literal["pxc", "ps", "psmdb", "pg"]
Days = Annotated[int, Field(ge=1, le=3_650)]
"""A number of days."""
RoleArn = Annotated[
    str,
    Form(
        r"arn:aws[-a-z]*:(iam|sts)::[0-9]{12}:[-+=,.@_/*A-Za-z0-9]+",
        "somebody on AWS; write an ARN such as arn:aws:iam::111122223333:role/break-glass",
    ),
]
"""Who somebody is on AWS: `arn:aws:iam::111122223333:role/break-glass`."""
OidcProviderArn = Annotated[
    str,
    Form(
        r"arn:aws[-a-z]*:iam::[0-9]{12}:oidc-provider/[-.A-Za-z0-9]+(/[-._/A-Za-z0-9]+)?",
        "an identity provider; write an ARN such as "
        "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE",
    ),
]
"""The identity provider of a cluster on AWS: `arn:aws:iam::111122223333:oidc-provider/oidc.eks...`."""
BucketName = Annotated[
    str,
    Form(
        r"(?!xn--|[0-9]+(\.[0-9]+){3}$)[a-z0-9](?!.*(\.\.|\.-|-\.))[-.a-z0-9]{1,61}[a-z0-9]",
        "a name for a bucket; use 3 to 63 lower-case letters, digits, hyphens and single dots, such as acme-backups",
    ),
]
"""Name of a bucket: 3 to 63 lower-case letters, digits, hyphens and dots."""


WorkloadPool = Annotated[
    str, Form(r"[-a-z0-9:.]+\.svc\.id\.goog", "a pool of identities; write such as my-project.svc.id.goog")
]
"""Pool of the identities of a cluster on Google Cloud."""
ProjectId = Annotated[
    str,
    Form(
        r"([-.a-z0-9]+:)?[a-z][-a-z0-9]{2,28}[a-z0-9]",
        "the identifier of a project; write such as acme-production, as `gcloud projects list` shows it",
    ),
]
"""Identifier of a project on Google Cloud."""
StorageAccount = Annotated[
    str, Form(r"[a-z0-9]{3,24}", "a storage account; use 3 to 24 lower-case letters and digits, such as acmebackups")
]
"""Name of a storage account on Azure."""
ProjectNumber = Annotated[
    str, Form(r"[0-9]{6,20}", "the number of a project, which has 6 to 20 digits; `gcloud projects list` shows it")
]
"""Number of a project on Google Cloud."""


class KeptDatabase(Part):
    """A database whose backups are in the bucket, and what of them it promises to keep."""

    schedules: tuple[Schedule, ...] = ()
    """The same as in the database's `backup.schedules`: what has to stay is derived from them."""
    pitr: bool = True
    """Whether its logs are shipped here."""
    delete_from_storage: bool = False
    """As in the database's `backup`: whether its operator deletes from the bucket. pg always does."""
    incarnation: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """As in the database."""


class Tenant(Part):
    """Databases of one engine in one namespace: they share a prefix, an identity and its rights."""

    namespace: NamespaceName
    engine: EngineWord
    databases: Annotated[dict[LabelName, KeptDatabase], Field(min_length=1)]
    service_accounts: tuple[ObjectName, ...] = ()
    """Service accounts of the pods that reach for the bucket; default for pg: those that its operator makes."""
    credentials: ObjectName | None = None
    """Secret with keys, where the engine takes no identity of its pods. The keys are never made here."""

    def accounts(self) -> tuple[str, ...]:
        """The service accounts that the identity is for."""
        if self.service_accounts or self.engine != "pg":
            return self.service_accounts
        return tuple(f"{name}-{role}" for name in sorted(self.databases) for role in ("instance", "pgbackrest"))


class Cluster(Part):
    """The Kubernetes cluster whose pods take on identities; one of the two on AWS, `workload_pool` on Google Cloud."""

    oidc_provider: OidcProviderArn | None = None
    """ARN of the cluster's identity provider (AWS, IAM roles for service accounts)."""
    pod_identity: Line | None = None
    """Name of the EKS cluster, for EKS Pod Identity instead."""
    workload_pool: WorkloadPool | None = None
    """Pool of the cluster's identities (Google Cloud): `<project>.svc.id.goog`."""


class Replication(Part):
    """A second bucket in another region."""

    region: Line
    bucket: BucketName | None = None
    """Its name; default `<bucket>-replica`."""
    delete_markers: bool = False
    """Whether what an engine deletes vanishes there too. Without, the replica only grows."""


class Logs(Part):
    """Where the cloud writes down who read and wrote."""

    bucket: BucketName
    """An existing bucket."""
    prefix: Line = "access/"


class Supports(Part):
    """What a service that speaks S3 can do. What it cannot is left out, and said."""

    lifecycle: bool = True
    policy: bool = True
    object_lock: bool = False
    encryption: bool = False
    """Whether the bucket can be told to encrypt by itself."""


class ExtraRule(Part):
    """A rule of your own. One that would take what a database promises is refused."""

    name: LabelName
    prefix: str = ""
    """Beginning of the objects' names; default: all."""
    expire_days: Days | None = None
    """Age at which an object is deleted."""
    transition_days: Days | None = None
    """Age at which an object changes its storage class."""
    storage_class: Line | None = None
    """The class that it changes to."""

    @model_validator(mode="after")
    def _one_action(self) -> ExtraRule:
        if (self.expire_days is None) == (self.transition_days is None):
            raise ValueError("takes one of expire_days and transition_days")
        if (self.transition_days is None) != (self.storage_class is None):
            raise ValueError("needs transition_days and storage_class together")
        return self


class BucketSpec(Part):
    """The arguments of `BackupBucket`, checked."""

    provider: Provider
    ownership: Ownership
    bucket: BucketName
    region: Line
    tenants: Annotated[tuple[Tenant, ...], AfterValidator(not_empty)]
    cluster: Cluster = Cluster()
    standby: Cluster | None = None
    undo_days: Annotated[int, Field(ge=14, le=35)] = 30
    margin_days: Annotated[int, Field(ge=7, le=365)] = 30
    expire_dropped: bool = True
    immutable_days: Annotated[int, Field(ge=1, le=365)] | None = None
    immutable_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    replication: Replication | None = None
    break_glass: tuple[RoleArn, ...] = ()
    access_logs: Logs | None = None
    extra_rules: tuple[ExtraRule, ...] = ()
    retention_policy_days: Count | None = None
    deletion_protection: bool = True
    project: ProjectId | None = None
    project_number: ProjectNumber | None = None
    endpoint: SecureServer | None = None
    path_style: bool = True
    supports: Supports = Supports()
    storage_account: StorageAccount | None = None
    authority: SecretPlace | None = None
    probe: bool | None = None
    sources: Sources = Sources()
    pull_secrets: tuple[ObjectName, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> BucketSpec:
        if problems := bucket_problems(self):
            raise SpecError("backup bucket", problems)
        return self


def summary(tenant: Tenant) -> str:
    """How a tenant is told in words: `pg in shop`."""
    return f"{tenant.engine} in {tenant.namespace}"


def as_plain(part: Part) -> dict[str, Any]:
    """A part as one would write it, without what was not said."""
    return part.model_dump(exclude_none=True, exclude_defaults=True)
