"""`BackupBucket`: where databases keep their backups, with rules that never break a restore."""

# No `from __future__ import annotations`: Pulumi reads the annotations of the arguments (see databases/managed.py).

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.buckets import identity
from dbaas_components.bootstrap.buckets.findings import bucket_findings
from dbaas_components.bootstrap.buckets.layout import prefixes
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules, in_words, user_rules
from dbaas_components.bootstrap.buckets.placed import PlacedBucket
from dbaas_components.bootstrap.buckets.probe import not_probed, probe_job, probe_service_account
from dbaas_components.bootstrap.buckets.spec import BucketSpec, Tenant
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject


class BackupBucketArgs(TypedDict):
    """Arguments of `BackupBucket`."""

    provider: str
    """`aws`, `gcp`, `azure` (an existing container: checked and told, nothing is made) or `s3_compatible`."""
    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`. The environment begins every prefix."""
    bucket: str
    """Name of the bucket (of the container on azure)."""
    region: str
    """`eu-west-1`; on Google Cloud also two of one continent, `europe-west1+europe-west4`."""
    tenants: Sequence[Mapping[str, Any]]
    """Whose backups: `namespace`, `engine`, `databases` (by name: `schedules`, `pitr`, `delete_from_storage`,
    `incarnation` as in the database), and `credentials` (a Secret with keys) or `service_accounts`."""
    cluster: NotRequired[Mapping[str, str]]
    """Whose pods take on identities: `oidc_provider` (ARN) or `pod_identity` (EKS cluster), or `workload_pool`."""
    standby: NotRequired[Mapping[str, str]]
    """The same of a standby site, which may read only."""
    undo_days: NotRequired[int]
    """Days for which what was deleted or overwritten can be had back, 14 to 35; default 30."""
    margin_days: NotRequired[int]
    """Days that scheduled backups may fail before an age takes what is promised (pxc, ps), 7 to 365; default 30."""
    expire_dropped: NotRequired[bool]
    """Whether the bucket expires by age what retention dropped and no operator deletes; default true."""
    immutable_days: NotRequired[int]
    """Days for which no version can be deleted (S3 Object Lock); default: none. Not on Google Cloud and azure."""
    immutable_mode: NotRequired[str]
    """`GOVERNANCE` (default), which break-glass can lift, or `COMPLIANCE`, which nobody can."""
    replication: NotRequired[Mapping[str, Any]]
    """A bucket in another region (aws): `region`, `bucket`, `delete_markers`."""
    break_glass: NotRequired[Sequence[str]]
    """ARNs of who may delete versions for good (aws); default: nobody."""
    access_logs: NotRequired[Mapping[str, str]]
    """Existing `bucket`, and `prefix`, for logs of who read and wrote; default: none."""
    extra_rules: NotRequired[Sequence[Mapping[str, Any]]]
    """Rules of your own: `name`, `prefix`, `expire_days` or `transition_days` with `storage_class`. One that would
    break a restore is refused."""
    retention_policy_days: NotRequired[int]
    """Refused: such a policy forbids overwriting, which tools do with every backup."""
    deletion_protection: NotRequired[bool]
    """Whether bucket and key are protected and stay when they leave the program; default true."""
    project: NotRequired[str]
    """Project of the bucket (gcp)."""
    project_number: NotRequired[str]
    """Its number, in digits (gcp): with it a preview needs no credentials. Default: the cloud is asked."""
    endpoint: NotRequired[str]
    """Address of the service (s3_compatible): `https://minio.example.com`."""
    path_style: NotRequired[bool]
    """Whether the bucket's name stands in the path (s3_compatible); default true."""
    supports: NotRequired[Mapping[str, bool]]
    """What the service can do (s3_compatible): `lifecycle` and `policy` (default true), `object_lock`, `encryption`."""
    storage_account: NotRequired[str]
    """Account of the container (azure)."""
    authority: NotRequired[Mapping[str, str]]
    """Authority of the service's certificate (s3_compatible): `secret` and `key`, in each tenant's namespace; default:
    the public ones."""
    probe: NotRequired[bool]
    """Whether Jobs show, before anything goes on, that each tenant can write, read and delete; default: where a
    Kubernetes provider is given to the component. True takes the ambient Kubernetes cluster."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` of the images of those Jobs; default: everything from its maker."""
    pull_secrets: NotRequired[Sequence[str]]
    """Secrets with credentials of the registry, in each tenant's namespace."""


class BackupBucket(Component):
    """A bucket for the backups of databases: closed, encrypted, versioned, with a prefix and rights for each tenant.

    Its lifecycle rules are derived from what the databases promise to keep; rules of your own are tried on a simulated
    bucket before anything is made.
    """

    bucket: pulumi.Output[str]
    """Name of the bucket."""
    key: pulumi.Output[str | None]
    """ARN or identifier of the key that encrypts it."""
    replica: pulumi.Output[str | None]
    """Name of the bucket in the other region."""
    storages: pulumi.Output[dict[str, Any]]
    """By `engine/namespace/database`: the storage for the database's `backup.storages`."""
    prefixes: pulumi.Output[dict[str, str]]
    """By `engine/namespace/database`: where in the bucket it writes."""
    identities: pulumi.Output[dict[str, str]]
    """By `engine-namespace`, and `engine-namespace-read` for the standby site: role or service account."""
    policies: pulumi.Output[dict[str, str]]
    """Likewise: ARNs of policies, for users whose keys are made elsewhere (aws)."""
    rules: pulumi.Output[list[str]]
    """Every lifecycle rule in words, and why it is there."""
    findings: pulumi.Output[list[str]]
    """What is worth knowing before one relies on it."""
    shows: pulumi.Output[str | None]
    """What is not shown here before others go on, in words; None where Jobs show all."""

    def __init__(self, name: str, args: BackupBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered. A lifecycle rule that would
        take a promised backup is told with the backup and the day."""
        spec = parse_arguments(BucketSpec, f'backup bucket "{name}"', args)
        self.begin(name, opts)
        asked, given = spec.probe, "kubernetes" in self._providers
        spec = spec.model_copy(update={"probe": given if asked is None else asked})
        self._spec = spec
        placed = _place(self, spec)
        self._behind = placed.behind
        self._probes = {(one.engine, one.namespace): self._probe(one) for one in spec.tenants if spec.probe}
        made = spec.provider != "azure" and spec.supports.lifecycle
        self.publish(
            *placed.behind,
            bucket=placed.bucket,
            key=placed.key,
            replica=placed.replica,
            storages={
                f"{tenant.engine}/{tenant.namespace}/{one}": identity.storage(spec, tenant, one)
                for tenant in spec.tenants
                for one in tenant.databases
            },
            prefixes=prefixes(spec),
            identities=dict(placed.identities),
            policies=dict(placed.policies),
            rules=[in_words(rule) for rule in (*derived_rules(spec), *user_rules(spec))] if made else [],
            findings=bucket_findings(spec),
            shows=None if spec.probe else not_probed(spec, asked=asked is not None),
        )

    def _probe(self, tenant: Tenant) -> pulumi.Resource:
        """The Job that shows a tenant's rights, after everything that they need."""
        program, role = probe_job(self._spec, tenant), f"{identity.tenant_name(tenant)}-probe"
        before = [
            KubernetesObject(self.child_name(f"{role}-{what}"), manifest, self.child_options())
            for what, manifest in (
                ("account", probe_service_account(self._spec, tenant)),
                ("program", program.config_map()),
            )
        ]
        options = self.child_options(depends_on=[*self._behind, *before])
        return KubernetesObject(self.child_name(role), program.job(), options)

    @property
    def gate(self) -> list[pulumi.Resource]:
        """What everything that needs the bucket has to depend on: the bucket itself, and that each tenant reaches it.
        Empty on azure without probes."""
        return [*self._behind, *self._probes.values()]

    @property
    def made(self) -> list[pulumi.Resource]:
        """What somebody has to depend on who is no tenant: the bucket itself, in its cloud, for which no Kubernetes
        cluster has to answer. Empty on azure."""
        return list(self._behind)

    def gates(self, engine: str, namespace: str) -> list[pulumi.Resource]:
        """What a database of this engine in this namespace has to depend on: the bucket, and its own tenant's probe,
        so that a tenant whose keys are missing holds up nobody else. The bucket alone for one that is no tenant."""
        probe = self._probes.get((engine, namespace))
        return [*self._behind, *([probe] if probe is not None else [])]

    def backup(self, engine: str, namespace: str, database: str) -> dict[str, Any]:
        """`backup` of a database: this bucket as its storage, and its schedules, as plain values.

        Raises `SpecError` for a database that is not among the tenants.
        """
        return identity.backup_arguments(self._spec, self._tenant(engine, namespace, database), database)

    def storage(self, engine: str, namespace: str, database: str) -> dict[str, Any]:
        """The storage alone, for `backup.storages`. Raises `SpecError` likewise."""
        return identity.storage(self._spec, self._tenant(engine, namespace, database), database)

    def annotations(self, engine: str, namespace: str, database: str, *, standby: bool = False) -> dict[str, str]:
        """Annotations of the service accounts, where engines need identities; empty with keys and with EKS Pod
        Identity. `standby` gives those of the standby site. Raises `SpecError` likewise."""
        return identity.account_annotations(self._spec, self._tenant(engine, namespace, database), read=standby)

    def _tenant(self, engine: str, namespace: str, database: str) -> Tenant:
        for tenant in self._spec.tenants:
            if (tenant.engine, tenant.namespace) == (engine, namespace) and database in tenant.databases:
                return tenant
        message = f"{engine}/{namespace}/{database} is not among the tenants; choose {', '.join(prefixes(self._spec))}"
        raise SpecError(f'backup bucket "{self._component_name}"', [Problem("tenants", message)])


def _place(component: Component, spec: BucketSpec) -> PlacedBucket:
    """The clouds' SDKs are large: each is loaded only where it is asked for."""
    match spec.provider:
        case "aws":
            from dbaas_components.bootstrap.buckets.aws import place
        case "gcp":
            from dbaas_components.bootstrap.buckets.gcp import place
        case "s3_compatible":
            from dbaas_components.bootstrap.buckets.s3_compatible import place
        case "azure":
            return PlacedBucket(bucket=spec.bucket)
    return place(component, spec)
