"""Who reaches the bucket on AWS: a policy for each tenant, and a role where its engine needs no keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import eks, iam

from dbaas_components.bootstrap.buckets import policies
from dbaas_components.bootstrap.buckets.identity import cut_name, role_name, tenant_name, trusted_accounts
from dbaas_components.bootstrap.buckets.layout import ASKING, tenant_prefix

if TYPE_CHECKING:
    from dbaas_components.base import Component
    from dbaas_components.bootstrap.buckets.spec import BucketSpec, Cluster, Tenant

Keyed = tuple[str, str, pulumi.Output[str]]
"""A bucket: its ARN, its region and its key's ARN."""


@dataclass(slots=True)
class Identities:
    """What was made."""

    identities: dict[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    policies: dict[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    resources: list[pulumi.Resource] = field(default_factory=list[pulumi.Resource])


def place_identities(component: Component, spec: BucketSpec, buckets: Sequence[Keyed]) -> Identities:
    """A tenant writes to the bucket only; a standby site reads it and its replica."""
    found = Identities()
    for tenant in spec.tenants:
        _place(component, spec, tenant, buckets[:1], found, read=False)
        _place(component, spec, tenant, buckets, found, read=True)
    return found


def _place(
    component: Component, spec: BucketSpec, tenant: Tenant, buckets: Sequence[Keyed], found: Identities, *, read: bool
) -> None:
    name = tenant_name(tenant) + ("-read" if read else "")
    prefix = tenant_prefix(spec.ownership.environment, tenant)
    cloud_name = role_name(spec, tenant, read=read)
    tags = {**spec.ownership.aws_tags(), "tenant": tenant.namespace}

    def document(keys: Sequence[str]) -> str:
        statements: list[dict[str, Any]] = []
        for number, ((arn, region, _), key) in enumerate(zip(buckets, keys, strict=True)):
            made = policies.tenant_policy(
                arn, prefix, region=region, key=key, write=not read, asks_for_bucket=tenant.engine in ASKING
            )
            # Identifiers are unique within a document.
            statements += [{**one, "Sid": f"{one['Sid']}{number or ''}"} for one in made["Statement"]]
        return json.dumps({"Version": policies.VERSION, "Statement": statements})

    policy = iam.Policy(
        component.child_name(f"{name}-policy"),
        name=cloud_name,
        description=f"{'Reads' if read else 'Keeps'} backups of {tenant.engine} in {tenant.namespace}",
        policy=pulumi.Output.all(*(key for _, _, key in buckets)).apply(document),
        tags=tags,
        opts=component.child_options(),
    )
    found.policies[name] = policy.arn
    found.resources.append(policy)
    cluster = spec.standby if read else spec.cluster
    if tenant.credentials or cluster is None:
        return
    trusted = trusted_accounts(spec, tenant, read=read)
    role = iam.Role(
        component.child_name(f"{name}-role"),
        name=cloud_name,
        assume_role_policy=json.dumps(_trust(cluster, tenant, trusted)),
        tags=tags,
        opts=component.child_options(),
    )
    attached = iam.RolePolicyAttachment(
        component.child_name(f"{name}-role-policy"),
        role=role.name,
        policy_arn=policy.arn,
        opts=component.child_options(),
    )
    found.identities[name] = role.arn
    found.resources += [role, attached]
    if cluster.pod_identity:
        for account in trusted:
            association = eks.PodIdentityAssociation(
                component.child_name(f"{name}-{account}"),
                cluster_name=cluster.pod_identity,
                namespace=tenant.namespace,
                service_account=account,
                role_arn=role.arn,
                tags=tags,
                opts=component.child_options(),
            )
            found.resources.append(association)


def _trust(cluster: Cluster, tenant: Tenant, trusted: Sequence[str]) -> dict[str, Any]:
    if cluster.pod_identity:
        return policies.pod_identity_trust(cluster.pod_identity, tenant.namespace, trusted)
    assert cluster.oidc_provider is not None
    accounts = [f"{tenant.namespace}/{one}" for one in trusted]
    return policies.web_identity_trust(cluster.oidc_provider, accounts)


def replication_role(
    component: Component, spec: BucketSpec, main: Keyed, replica: Keyed
) -> tuple[iam.Role, pulumi.Resource]:
    """The role that S3 itself copies with, and the policy without which it cannot."""
    assert spec.replication is not None
    delete_markers = spec.replication.delete_markers
    role = iam.Role(
        component.child_name("replication-role"),
        name=cut_name(f"{spec.bucket}-replication", 64),
        assume_role_policy=json.dumps(policies.service_trust("s3.amazonaws.com")),
        tags=spec.ownership.aws_tags(),
        opts=component.child_options(),
    )

    def document(keys: Sequence[str]) -> str:
        return json.dumps(
            policies.replication_policy(
                main[0],
                replica[0],
                region=main[1],
                replica_region=replica[1],
                key=keys[0],
                replica_key=keys[1],
                delete_markers=delete_markers,
            )
        )

    allowed = iam.RolePolicy(
        component.child_name("replication-role-policy"),
        role=role.id,
        policy=pulumi.Output.all(main[2], replica[2]).apply(document),
        opts=component.child_options(),
    )
    return role, allowed
