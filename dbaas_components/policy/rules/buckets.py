"""Buckets of AWS (pulumi-aws 7) and Google (pulumi-gcp 9): who may read, what is kept, how it is encrypted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dbaas_components.policy.backups import kept_days, stored_in, writes_below
from dbaas_components.policy.databases import is_guarded
from dbaas_components.policy.fragments import database, examples, resource
from dbaas_components.policy.iam import statements
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, as_list, as_mapping, as_whole, value_at
from dbaas_components.policy.rule import Rule, Severity, Violation

AWS_BUCKETS: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
GCP_BUCKET: Final = "gcp:storage/bucket:Bucket"
BUCKETS: Final = (*AWS_BUCKETS, GCP_BUCKET)
_ACCESS_BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
_ACL: Final = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
_VERSIONING: Final = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
_ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_LIFECYCLE: Final = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)
_GCP_MEMBERS: Final = (
    "gcp:storage/bucketIAMMember:BucketIAMMember",
    "gcp:storage/bucketIAMBinding:BucketIAMBinding",
)
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_PUBLIC: Final = ("allUsers", "allAuthenticatedUsers")
_LEAST_DAYS: Final = 35


def _names(item: Item) -> set[str]:
    """Every name a bucket goes by: its own, Pulumi's, and its identifier."""
    own = (item.now("bucket"), item.now("name"), item.name)
    return {name for name in own if isinstance(name, str)}


def _concerns(item: Item, bucket: Item) -> bool:
    """Whether a resource beside the bucket (`bucket: ...`) is about this one; a name not known yet may be any."""
    sources = item.inputs_from.get("bucket")
    if sources and bucket.urn:
        return bucket.urn in sources
    return item.at("bucket") in _names(bucket)


def _beside(bucket: Item, inventory: Inventory, *types: str) -> Iterator[Item]:
    return (item for item in inventory.of_type(*types) if _concerns(item, bucket))


def _not_public(item: Item, inventory: Inventory) -> Iterator[Violation]:
    if item.type == GCP_BUCKET:
        if item.at("publicAccessPrevention") != "enforced":
            yield Violation("publicAccessPrevention", 'is not "enforced"')
        return
    blocks = list(_beside(item, inventory, _ACCESS_BLOCK))
    if not blocks:
        yield Violation("", "has no BucketPublicAccessBlock")
    for block in blocks:
        open_ = [name for name in _BLOCKS if block.at(name) is not True]
        if open_:
            yield Violation("", f"its BucketPublicAccessBlock leaves {', '.join(open_)} off")


def _no_public_grant(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.type == _POLICY:
        for statement in statements(item.at("policy")):
            if statement.get("Effect") == "Allow" and _everybody(statement) and not statement.get("Condition"):
                yield Violation("policy", "allows everybody, without a condition")
        return
    acl = item.text("acl")
    if acl and (acl.startswith("public-") or acl == "authenticated-read"):
        yield Violation("acl", f'is "{acl}"')
    for path in ("member", "members"):
        given = item.at(path)
        members = [given] if isinstance(given, str) else as_list(given)
        if any(member in _PUBLIC for member in members):
            yield Violation(path, "names everybody")


def _everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = as_mapping(principal).get("AWS", principal)
    return named == "*" or "*" in as_list(named)


def _tls_only(item: Item, inventory: Inventory) -> Iterator[Violation]:
    policies = [one.at("policy") for one in _beside(item, inventory, _POLICY)]
    if not any(_denies_plain(one) for policy in policies for one in statements(policy)):
        yield Violation("", "no policy of it denies requests without TLS")


def _denies_plain(statement: Mapping[str, Any]) -> bool:
    transport = value_at(statement, "Condition.Bool")
    return (
        statement.get("Effect") == "Deny" and str(as_mapping(transport).get("aws:SecureTransport")).lower() == "false"
    )


def _versioned(item: Item, inventory: Inventory) -> Iterator[Violation]:
    if item.type == GCP_BUCKET:
        kept = as_whole(item.at("softDeletePolicy.retentionDurationSeconds"))
        if item.at("versioning.enabled") is not True and not kept:
            yield Violation("versioning.enabled", "is not true, and nothing deleted is kept for a while")
        return
    states = [one.at("versioningConfiguration.status") for one in _beside(item, inventory, *_VERSIONING)]
    if item.at("versioning.enabled") is not True and "Enabled" not in states:
        yield Violation("", "has no BucketVersioning that is Enabled")


def _encrypted(item: Item, inventory: Inventory) -> Iterator[Violation]:
    if item.type == GCP_BUCKET:
        if item.absent("encryption.defaultKmsKeyName"):
            yield Violation("encryption.defaultKmsKeyName", "is missing: Google alone holds the key")
    elif item.absent("serverSideEncryptionConfiguration") and not any(_beside(item, inventory, *_ENCRYPTION)):
        yield Violation("", "has no BucketServerSideEncryptionConfiguration")


def _expirations(item: Item) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Days after which a lifecycle deletes what is current: their path, and beginnings of names of what it takes."""
    if item.type == GCP_BUCKET:
        for number, rule in enumerate(item.items("lifecycleRules")):
            days = as_whole(value_at(rule, "condition.age"))
            archived = value_at(rule, "condition.withState") == "ARCHIVED"
            if value_at(rule, "action.type") == "Delete" and days is not None and not archived:
                prefixes = tuple(str(one) for one in as_list(value_at(rule, "condition.matchesPrefixes")))
                yield f"lifecycleRules[{number}].condition.age", days, prefixes or ("",)
        return
    for number, rule in enumerate(item.items("rules")):
        days = as_whole(value_at(rule, "expiration.days"))
        if value_at(rule, "status") != "Disabled" and days:
            given = value_at(rule, "filter.prefix") or value_at(rule, "filter.and.prefix") or value_at(rule, "prefix")
            yield f"rules[{number}].expiration.days", days, (given if isinstance(given, str) else "",)


def _keeps_backups(item: Item, inventory: Inventory) -> Iterator[Violation]:
    own = item.type == GCP_BUCKET
    buckets = [item] if own else [one for one in inventory.of_type(*BUCKETS) if _concerns(item, one)]
    names = {name for bucket in (item, *buckets) for name in _names(bucket)}
    databases = [one for one in filter(is_guarded, inventory.items) if names & stored_in(one)]
    for path, days, prefixes in _expirations(item):
        needed, why = _LEAST_DAYS, f"backups are kept for at least {_LEAST_DAYS} days"
        for one in databases:
            kept = kept_days(one)
            if kept is not None and kept > needed and any(writes_below(one, prefix) for prefix in prefixes):
                needed, why = kept, f"{one.address} keeps backups for {kept} days"
        if days < needed:
            yield Violation(path, f"deletes after {days} days what is still needed: {why}")


_BUCKET = resource(AWS_BUCKETS[0], {"bucket": "backups"})
_BLOCKED = resource(_ACCESS_BLOCK, {"bucket": "backups", **dict.fromkeys(_BLOCKS, True)})


def _policy(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    return resource(_POLICY, {"bucket": "backups", "policy": json.dumps({"Statement": [statement]})})


def _lifecycle(days: int) -> Mapping[str, Any]:
    rule = {"id": "old", "status": "Enabled", "expiration": {"days": days}}
    return resource(_LIFECYCLE[0], {"bucket": "backups", "rules": [rule]})


_MONTHS_OF_BACKUPS = database(
    "pxc",
    {
        "backup": {
            "storages": {"main": {"type": "s3", "s3": {"bucket": "backups"}}},
            "schedule": [
                {"schedule": "0 1 * * *", "storageName": "main", "retention": {"type": "count", "count": 90}},
            ],
        }
    },
)

RULES: Final = (
    Rule(
        id="buckets/not-public",
        severity=Severity.ERROR,
        reason="a backup holds every row of a database",
        fix="add a BucketPublicAccessBlock with all switches on (AWS), `public_access_prevention: enforced` (Google)",
        applies=lambda item: item.type in BUCKETS,
        check=_not_public,
        examples=examples((_BUCKET, _BLOCKED), _BUCKET),
        whole=True,
    ),
    Rule(
        id="buckets/no-public-grant",
        severity=Severity.ERROR,
        reason="a backup holds every row of a database",
        fix="name the roles that may read and write",
        applies=lambda item: item.type in (_POLICY, *_ACL, *_GCP_MEMBERS, *AWS_BUCKETS),
        check=_no_public_grant,
        examples=examples(
            _policy({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:role/backup"}, "Action": "s3:GetObject"}),
            _policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}),
        ),
    ),
    Rule(
        id="buckets/tls-only",
        severity=Severity.WARNING,
        reason="S3 also answers over plain HTTP, where anyone on the way reads along",
        fix="add a policy that denies everything where `aws:SecureTransport` is false",
        applies=lambda item: item.type in AWS_BUCKETS,
        check=_tls_only,
        examples=examples(
            (
                _BUCKET,
                _policy({"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
            ),
            _BUCKET,
        ),
        whole=True,
    ),
    Rule(
        id="buckets/versioned",
        severity=Severity.WARNING,
        reason="a backup that was overwritten or deleted by a slip or by an intruder can then be brought back",
        fix="add a BucketVersioning that is Enabled (AWS), `versioning` or a soft delete policy (Google)",
        applies=lambda item: item.type in BUCKETS,
        check=_versioned,
        examples=examples(
            (
                _BUCKET,
                resource(_VERSIONING[0], {"bucket": "backups", "versioningConfiguration": {"status": "Enabled"}}),
            ),
            _BUCKET,
        ),
        whole=True,
    ),
    Rule(
        id="buckets/encrypted",
        severity=Severity.WARNING,
        reason="with a key of one's own the backups can be made unreadable, and each use of the key is recorded",
        fix="add a BucketServerSideEncryptionConfiguration (AWS), `encryption.default_kms_key_name` (Google)",
        applies=lambda item: item.type in BUCKETS,
        check=_encrypted,
        examples=examples(
            resource(GCP_BUCKET, {"encryption": {"defaultKmsKeyName": "keys/backups"}}), resource(GCP_BUCKET, {})
        ),
        whole=True,
    ),
    Rule(
        id="buckets/lifecycle-keeps-backups",
        severity=Severity.ERROR,
        reason="a lifecycle that is shorter than the retention deletes backups that the operator believes to have",
        fix="let the operator's retention delete backups; expire only what is no longer current",
        applies=lambda item: item.type in (*_LIFECYCLE, GCP_BUCKET),
        check=_keeps_backups,
        examples=examples(
            (_BUCKET, _lifecycle(120), _MONTHS_OF_BACKUPS), (_BUCKET, _lifecycle(60), _MONTHS_OF_BACKUPS)
        ),
        whole=True,
    ),
)
