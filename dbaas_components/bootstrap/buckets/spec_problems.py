"""What is refused of a bucket's arguments, and why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbaas_components.bootstrap.buckets.cloud_words import region_form_problem
from dbaas_components.bootstrap.buckets.gcp_rules import region_problem
from dbaas_components.bootstrap.buckets.policies import partition_of
from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, Cluster, Tenant

_LONGEST_NAME: Final = 63
_KEYS: Final = "name the Secret with its keys in credentials"


def bucket_problems(spec: BucketSpec) -> list[Problem]:
    """Every problem of the arguments, beside those of single fields."""
    from dbaas_components.bootstrap.buckets.judgement import rule_problems

    problems = [*_provider_problems(spec), *_tenant_problems(spec), *_immutable_problems(spec), *_place_problems(spec)]
    # Judged last and only if all else is sound: the simulation takes what was said at its word.
    return problems or rule_problems(spec)


_ONLY: Final = {
    "project": ("gcp",),
    "project_number": ("gcp",),
    "path_style": ("s3_compatible",),
    "supports": ("s3_compatible",),
    "endpoint": ("s3_compatible",),
    "authority": ("s3_compatible",),
    "storage_account": ("azure",),
    "replication": ("aws",),
    "break_glass": ("aws",),
    "access_logs": ("aws", "gcp"),
    "standby": ("aws", "gcp"),
}
_REQUIRED: Final = {
    "gcp": ("project", "the project that the bucket is in"),
    "s3_compatible": ("endpoint", "the address of the service, https://..."),
    "azure": ("storage_account", "the account that the container is in"),
}


def _provider_problems(spec: BucketSpec) -> list[Problem]:
    problems: list[Problem] = []
    for name, providers in _ONLY.items():
        given = name in spec.model_fields_set and getattr(spec, name) not in (None, ())
        if given and spec.provider not in providers:
            message = f"is for provider {' and '.join(providers)} only, and this is {spec.provider}; leave it out"
            if name == "replication" and spec.provider == "gcp":
                message += ", and write two regions in region, such as europe-west1+europe-west4"
            problems.append(Problem(name, message))
    if spec.provider in _REQUIRED:
        name, what = _REQUIRED[spec.provider]
        if getattr(spec, name) is None:
            problems.append(Problem(name, f"is required for provider {spec.provider}: {what}"))
    if spec.provider == "azure" and "." in spec.bucket:
        message = f'"{spec.bucket}" is no name for a container, which has no dots; write hyphens'
        problems.append(Problem("bucket", message))
    if spec.provider == "azure" and spec.extra_rules:
        problems.append(Problem("extra_rules", "azure's container is not made here; set the rules in its account"))
    if spec.provider == "s3_compatible" and spec.extra_rules and not spec.supports.lifecycle:
        message = "the service was said to have no rules (supports.lifecycle: false), and nothing is made of these"
        problems.append(Problem("extra_rules", f"{message}; leave them out"))
    return problems


def _immutable_problems(spec: BucketSpec) -> list[Problem]:
    problems: list[Problem] = []
    if spec.retention_policy_days is not None:
        message = (
            "a retention policy of the bucket refuses overwriting, and pgBackRest and Percona Backup for MongoDB write "
            "their books anew with each backup, so that backups would fail; leave it out: versions and soft delete "
            "keep what is deleted for undo_days"
        )
        problems.append(Problem("retention_policy_days", message))
    if spec.immutable_days is not None and spec.provider in ("gcp", "azure"):
        what = {"gcp": "a bucket's retention policy", "azure": "a container's immutability"}[spec.provider]
        message = (
            f"{what} refuses overwriting, and tools write their books anew with each backup, so that backups would "
            "fail; leave it out: undo_days protects what is deleted"
        )
        problems.append(Problem("immutable_days", message))
    if spec.immutable_days is not None and spec.provider == "s3_compatible" and not spec.supports.object_lock:
        message = "the service was not said to know Object Lock; write supports: {object_lock: true} if it does"
        problems.append(Problem("immutable_days", message))
    if spec.immutable_mode == "COMPLIANCE" and spec.immutable_days is None:
        problems.append(Problem("immutable_mode", "says how, and immutable_days does not say how long; write both"))
    return problems


def _replica_problems(spec: BucketSpec) -> list[Problem]:
    """What AWS would refuse of the second bucket, after the first one is made."""
    if spec.provider != "aws" or spec.replication is None:
        return []
    problems: list[Problem] = []
    replica = spec.replication
    if found := region_form_problem("aws", replica.region):
        problems.append(Problem("replication.region", found))
    elif partition_of(replica.region) != partition_of(spec.region):
        message = f'"{replica.region}" is in another of Amazon\'s clouds than {spec.region}, and S3 copies within one'
        problems.append(Problem("replication.region", f"{message}; name a region of the same one"))
    if replica.bucket is None and len(spec.bucket) + len("-replica") > _LONGEST_NAME:
        message = f"is required: {spec.bucket}-replica is longer than the {_LONGEST_NAME} characters that a name has"
        problems.append(Problem("replication.bucket", f"{message}; write a shorter one"))
    return problems


def _dotted(spec: BucketSpec) -> list[Problem]:
    """Names under which Amazon's certificate, for one label before the service's name, does not hold."""
    named = {"bucket": spec.bucket, "replication.bucket": spec.replication.bucket if spec.replication else None}
    message = "has dots, and the certificate of S3 holds for no host name with one; tools refuse it. Write hyphens"
    return [
        Problem(path, f"{shown(name)} {message}")
        for path, name in named.items()
        if spec.provider == "aws" and name and "." in name
    ]


def _place_problems(spec: BucketSpec) -> list[Problem]:
    problems = _dotted(spec)
    if spec.replication and spec.replication.region.lower() == spec.region.lower():
        message = f'"{spec.region}" is the bucket\'s own region; a replica has to outlive it, so name another'
        problems.append(Problem("replication.region", message))
    if spec.replication and spec.replication.bucket == spec.bucket:
        problems.append(Problem("replication.bucket", "is the bucket itself; choose another name"))
    if spec.provider == "gcp" and (found := region_problem(spec.region)):
        problems.append(Problem("region", found))
    elif "+" in spec.region and spec.provider != "gcp":
        problems.append(Problem("region", f'"{spec.region}" names two regions, which only Google Cloud has; name one'))
    elif found := region_form_problem(spec.provider, spec.region):
        problems.append(Problem("region", found))
    problems += _replica_problems(spec)
    if spec.access_logs and spec.access_logs.bucket == spec.bucket:
        problems.append(
            Problem("access_logs.bucket", "is the bucket itself, which would log its own log; name another")
        )
    return problems


# Kinds of backups that each engine's tools make, as `backup.schedules[].type` of the database takes them.
_MADE: Final = {
    "pxc": ("full",),
    "ps": ("full", "incremental"),
    "psmdb": ("full", "incremental"),
    "pg": ("full", "incremental", "differential"),
}


def _schedule_problems(tenant: Tenant, path: str) -> list[Problem]:
    """Schedules that the database itself would refuse: a rule that follows from them would follow from nothing."""
    made = _MADE[tenant.engine]
    return [
        Problem(
            f"{path}.databases.{name}.schedules[{index}].type",
            f'"{schedule.type}" is no kind of backup that {tenant.engine} makes; write {" or ".join(made)}',
        )
        for name, database in tenant.databases.items()
        for index, schedule in enumerate(database.schedules)
        if schedule.type not in made
    ]


def _tenant_problems(spec: BucketSpec) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for index, tenant in enumerate(spec.tenants):
        path = f"tenants[{index}]"
        key = (tenant.engine, tenant.namespace)
        if key in seen:
            message = f"{tenant.engine} in {tenant.namespace} is there already, and two would share a prefix; join them"
            problems.append(Problem(path, message))
        seen.add(key)
        problems += _schedule_problems(tenant, path)
        if tenant.credentials:
            continue
        if reason := needs_keys(spec.provider, tenant):
            problems.append(Problem(f"{path}.credentials", f"is required: {reason}; {_KEYS}"))
        else:
            problems += _cluster_problems(spec, spec.cluster, "cluster", tenant, path)
            if spec.standby:
                problems += _cluster_problems(spec, spec.standby, "standby", tenant, path)
    return problems


def needs_keys(provider: str, tenant: Tenant) -> str | None:
    """Why an engine cannot do without keys at a provider; None where its pods' identity is enough."""
    engine = tenant.engine
    if provider == "s3_compatible":
        return "the service knows no identities of pods"
    if provider == "azure":
        return f"{engine} reaches azure with keys of the account only"
    if engine == "ps":
        return "its operator takes no identity of its pods"
    if provider == "gcp" and engine == "pxc":
        return "it has no words for Google Cloud and reaches it as S3, with HMAC keys"
    if provider == "gcp" and engine == "psmdb":
        return "its operator wants a Secret for Google Cloud"
    if engine == "pxc" and any(database.pitr for database in tenant.databases.values()):
        return "what ships its logs takes no identity of its pods (pitr: false does without)"
    return None


def _cluster_problems(spec: BucketSpec, cluster: Cluster, field: str, tenant: Tenant, path: str) -> list[Problem]:
    problems: list[Problem] = []
    if not tenant.accounts():
        message = (
            f"is required: whose identity reaches the bucket? Name the service accounts of the pods, or else {_KEYS}"
        )
        problems.append(Problem(f"{path}.service_accounts", message))
    if spec.provider == "gcp":
        if cluster.workload_pool is None:
            message = (
                f"is required for {tenant.engine} in {tenant.namespace} without credentials: <project>.svc.id.goog"
            )
            problems.append(Problem(f"{field}.workload_pool", message))
        return problems
    if (cluster.oidc_provider is None) == (cluster.pod_identity is None):
        message = f"takes one of oidc_provider and pod_identity for {tenant.engine} in {tenant.namespace}; else {_KEYS}"
        problems.append(Problem(field, message))
    elif cluster.oidc_provider and cluster.oidc_provider.split(":")[1] != partition_of(spec.region):
        message = f"{shown(cluster.oidc_provider)} is in another of Amazon's clouds than the bucket in {spec.region}"
        problems.append(
            Problem(f"{field}.oidc_provider", f"{message}; name a cluster of the same one, or else {_KEYS}")
        )
    elif tenant.engine == "pg" and cluster.pod_identity:
        message = (
            f"pgBackRest logs in with a web identity, which EKS Pod Identity does not give (pg in {tenant.namespace}); "
            "write oidc_provider"
        )
        problems.append(Problem(f"{field}.pod_identity", message))
    return problems
