"""Jobs that show, before anything depends on a bucket, that each tenant can write, read and delete there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.bootstrap.buckets import identity
from dbaas_components.bootstrap.buckets.layout import probe_object, tenant_prefix
from dbaas_components.bootstrap.jobs import ProgramJob
from dbaas_components.bootstrap.object_stores import MODULES, ObjectStore
from dbaas_components.labels import GATE
from dbaas_components.versions.tools import PYTHON_IMAGE, RCLONE_IMAGE

if TYPE_CHECKING:
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, Tenant

_WAIT_SECONDS: Final = 180
_RETRIES: Final = 2
# Longer than all runs of the Job with what Kubernetes waits between them, so that it says the reason itself.
_DEADLINE_SECONDS: Final = 900
_TIMEOUT_SECONDS: Final = 1_200


def not_probed(spec: BucketSpec, *, asked: bool) -> str:
    """What the plan says in the place of the gate. `asked`: whether the arguments say that there shall be none."""
    why = "probe is false" if asked else "no Kubernetes provider was given, so that no pod can try it"
    return (
        f"not shown, because {why}: that an object can be written, read back and deleted in {spec.bucket} with each "
        "tenant's own identity"
    )


def who(spec: BucketSpec, tenant: Tenant) -> str:
    """Who a tenant is to the bucket, in words."""
    if tenant.credentials:
        return f"the keys of Secret {tenant.namespace}/{tenant.credentials}"
    if spec.provider == "gcp":
        return f"service account {identity.identity(spec, tenant)}"
    return f"role {identity.role_name(spec, tenant)}"


def probe_job(spec: BucketSpec, tenant: Tenant) -> ProgramJob:
    """The Job of one tenant; it is another one when the bucket, the prefix or the identity is."""
    account = identity.probe_account(spec, tenant)
    environment, store = spec.ownership.environment, _store(spec, tenant, account)
    shown = f"{tenant.engine} in {tenant.namespace}: an object is written, read back and deleted below "
    shown += f"{tenant_prefix(environment, tenant)} {'with' if tenant.credentials else 'as'} {who(spec, tenant)}"
    return ProgramJob(
        name=account,
        namespace=tenant.namespace,
        program="bucket_probe",
        modules=MODULES,
        configuration={
            "store": store.settings(),
            "object": probe_object(environment, tenant, account),
            "wait_seconds": _WAIT_SECONDS,
            # Nothing reads it: another identity is another Job.
            "identity": identity.identity(spec, tenant),
        },
        image=spec.sources.image(PYTHON_IMAGE),
        labels=_labels(spec, tenant, account),
        volumes=store.volumes(),
        mounts=store.mounts(),
        annotations={GATE: shown, "pulumi.com/timeoutSeconds": str(_TIMEOUT_SECONDS)},
        deadline_seconds=_DEADLINE_SECONDS,
        retries=_RETRIES,
        pull_secrets=spec.pull_secrets,
        rclone_image=spec.sources.image(RCLONE_IMAGE),
    )


def probe_service_account(spec: BucketSpec, tenant: Tenant) -> dict[str, Any]:
    """The service account of that Job, with the tenant's identity where it has one; no right in Kubernetes."""
    account = identity.probe_account(spec, tenant)
    metadata: dict[str, Any] = {
        "name": account,
        "namespace": tenant.namespace,
        "labels": _labels(spec, tenant, account),
    }
    noted: Mapping[str, str] = identity.account_annotations(spec, tenant)
    if noted:
        metadata["annotations"] = dict(noted)
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def _labels(spec: BucketSpec, tenant: Tenant, account: str) -> dict[str, str]:
    whose = spec.ownership.model_copy(update={"tenant": tenant.namespace})
    return whose.labels(component="bucket-probe", instance=account)


def _store(spec: BucketSpec, tenant: Tenant, account: str) -> ObjectStore:
    """As the tenant's databases are told of it."""
    told = identity.storage(spec, tenant, next(iter(tenant.databases)))
    authority = told.get("authority")
    return ObjectStore(
        type=told["type"],
        bucket=told["bucket"],
        namespace=tenant.namespace,
        account=account,
        identity=who(spec, tenant),
        region=told.get("region"),
        endpoint=told.get("endpoint"),
        path_style=told.get("path_style", True),
        secret=tenant.credentials,
        form="pgbackrest" if tenant.engine == "pg" else "variables",
        authority=(authority["secret"], authority["key"]) if authority else None,
    )
