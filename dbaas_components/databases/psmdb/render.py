"""The custom resource of a specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.custom_resources.common import ObjectMeta, SecretKeySelector
from dbaas_components.databases.custom_resources.psmdb import database as cr
from dbaas_components.databases.psmdb.backup import backup
from dbaas_components.databases.psmdb.members import replica_set, sharding
from dbaas_components.databases.psmdb.names import (
    certificate_secret,
    has_arbiter,
    key_secret,
    replica_sets,
    users_secret,
    vault_secret,
)
from dbaas_components.databases.psmdb.row import ENGINE
from dbaas_components.databases.rendering import pods, shared
from dbaas_components.databases.spec.part import go_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.access import Privilege, Role, User
    from dbaas_components.databases.spec.placement import Pods

SHORTEST_GRACE_PERIOD: Final = 30
"""Seconds below which the operator calls a grace period unsafe."""
_WAIT: Final = {"pulumi.com/waitFor": "jsonpath={.status.state}=ready", "pulumi.com/timeoutSeconds": "1800"}
"""Annotations by which the Kubernetes provider waits for an object, half an hour at most."""
FINALIZERS: Final = (
    ("ordered", True, "percona.com/delete-psmdb-pods-in-order"),
    ("volumes", "delete", "percona.com/delete-psmdb-pvc"),
    ("backups", "delete", "percona.com/delete-pitr-chunks"),
)
"""Field of `deletion`, its value, and the finalizer that does it."""


def render(spec: DatabaseSpec) -> dict[str, Any]:
    """The PerconaServerMongoDB for a specification."""
    in_vault = spec.encryption is not None and spec.encryption.provider == "vault"
    return cr.PerconaServerMongoDB(
        metadata=_metadata(spec),
        spec=cr.Spec(
            cr_version=ENGINE.versions.operator,
            image=shared.image_of(spec, "server"),
            image_pull_secrets=shared.pull_secrets(spec),
            image_pull_policy=spec.image_pull_policy,
            pause=True if spec.paused else None,
            scheduler_name=spec.pods.scheduler,
            secrets=cr.Secrets(
                users=users_secret(spec),
                ssl=certificate_secret(spec),
                ssl_internal=spec.tls.internal_secret,
                encryption_key=key_secret(spec),
                vault=vault_secret(spec) if in_vault else None,
            ),
            update_strategy="SmartUpdate",
            upgrade_options=_upgrade_options(spec),
            unsafe_flags=cr.UnsafeFlags(
                replset_size=_is_unsafe_size(spec),
                termination_grace_period=True if _is_short_of_grace(spec) else None,
            ),
            tls=cr.Tls(
                mode="requireTLS" if spec.tls.required else "preferTLS",
                cert_validity_duration=_operators_lifetime(spec),
            ),
            storage_scaling=shared.storage_scaling(spec),
            replsets=[replica_set(spec, name) for name in replica_sets(spec)],
            sharding=sharding(spec),
            roles=[_role(one) for one in spec.roles] or None,
            users=[_user(one) for one in spec.users] or None,
            backup=backup(spec),
            pmm=_pmm(spec),
            logcollector=_logs(spec),
        ),
    ).manifest()


def _upgrade_options(spec: DatabaseSpec) -> cr.MongoUpgradeOptions:
    common = shared.upgrade_options(spec)
    return cr.MongoUpgradeOptions(
        apply=common.apply,
        version_service_endpoint=common.version_service_endpoint,
        schedule=spec.maintenance.upgrade_check,
        set_fcv=False,
    )


def groups_of(spec: DatabaseSpec) -> Iterator[tuple[str, Pods]]:
    """The settings of all groups of pods that this database has, with their paths."""
    yield "pods", spec.pods
    for path, part in (("arbiter", spec.arbiter), ("hidden", spec.hidden), ("nonvoting", spec.nonvoting)):
        if part:
            yield f"{path}.pods", part.pods
    if spec.sharding:
        yield "sharding.config_pods", spec.sharding.config_pods
        yield "proxy.pods", spec.proxy.pods


def _metadata(spec: DatabaseSpec) -> ObjectMeta:
    metadata = shared.metadata_of(spec, ENGINE, [name for field, on, name in FINALIZERS if _asked(spec, field, on)])
    if spec.data_source is None or spec.paused:
        return metadata
    # The restore that follows fails for good if the backup agents are there and have not told their version yet.
    return metadata.changed(annotations={**_WAIT, **(metadata.annotations or {})})


def _asked(spec: DatabaseSpec, field: str, on: object) -> bool:
    return getattr(spec.deletion, field) == on


def _is_unsafe_size(spec: DatabaseSpec) -> bool:
    """Whether a size is one that the operator has to be told to accept; the rules leave that to profile dev."""
    config_servers = spec.sharding.config_replicas if spec.sharding else 3
    return spec.replicas < (4 if has_arbiter(spec) else 3) or config_servers < 3


def _is_short_of_grace(spec: DatabaseSpec) -> bool:
    return any(
        pods.grace_period_seconds is not None and pods.grace_period_seconds < SHORTEST_GRACE_PERIOD
        for _, pods in groups_of(spec)
    )


def _operators_lifetime(spec: DatabaseSpec) -> str | None:
    # Certificates of an issuer are this library's; see `certificates`.
    return (
        None if spec.tls.certificate_lifetime is None or spec.tls.issuer else go_duration(spec.tls.certificate_lifetime)
    )


def _user(user: User) -> cr.User:
    return cr.User(
        name=user.name,
        db=user.database,
        password_secret_ref=SecretKeySelector(name=user.password.secret, key=user.password.key)
        if user.password
        else None,
        roles=[cr.UserRole(name=role.name, db=role.database) for role in user.roles],
    )


def _role(role: Role) -> cr.Role:
    return cr.Role(
        role=role.name,
        db=role.database,
        privileges=[_privilege(one) for one in role.privileges],
        roles=[cr.InheritedRole(role=one.name, db=one.database) for one in role.roles] or None,
    )


def _privilege(given: Privilege) -> cr.Privilege:
    if given.cluster:
        return cr.Privilege(actions=list(given.actions), resource=cr.PrivilegeResource(cluster=True))
    resource = cr.PrivilegeResource(db=given.database or "", collection=given.collection or "")
    return cr.Privilege(actions=list(given.actions), resource=resource)


def _pmm(spec: DatabaseSpec) -> cr.Pmm | None:
    given = spec.observability.pmm
    if given is None:
        return None
    return cr.Pmm(
        enabled=given.enabled,
        image=shared.image_of(spec, "pmm"),
        server_host=given.server,
        custom_cluster_name=given.cluster_name,
        mongod_params=given.parameters,
        resources=pods.resources(given.resources),
    )


def _logs(spec: DatabaseSpec) -> cr.LogCollector | None:
    given = spec.observability.logs
    if given is None:
        return None
    if not given.enabled:
        return cr.LogCollector(enabled=False)
    return cr.LogCollector(
        enabled=True,
        image=shared.image_of(spec, "logcollector"),
        resources=pods.resources(given.resources),
        configuration=given.configuration,
        logrotate=cr.LogRotation(schedule=given.rotation) if given.rotation else None,
    )
