"""Documents of AWS: who may do what with the bucket. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

VERSION: Final = "2012-10-17"
_WRITE: Final = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
)
_READ: Final = ("s3:GetObject",)
_FOR_GOOD: Final = (
    "s3:DeleteObjectVersion",
    "s3:DeleteObjectVersionTagging",
    "s3:BypassGovernanceRetention",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
)


def partition_of(region: str) -> str:
    """Which of Amazon's clouds a region is in."""
    return "aws-us-gov" if region.startswith("us-gov-") else "aws-cn" if region.startswith("cn-") else "aws"


def bucket_arn(bucket: str, region: str) -> str:
    """ARN of a bucket."""
    return f"arn:{partition_of(region)}:s3:::{bucket}"


def key_service(region: str) -> str:
    """The service that may use a key on somebody's behalf: S3 in a region."""
    return f"s3.{region}.amazonaws.com" + (".cn" if partition_of(region) == "aws-cn" else "")


def bucket_policy(
    arn: str,
    *,
    key: str | None = None,
    break_glass: Sequence[str] = (),
    portable: bool = False,
    deletable: bool = False,
) -> dict[str, Any]:
    """What nobody may do, whatever their own rights are: no plain connection, no old TLS, no deleting for good, no
    other key. `portable` leaves out what only Amazon's own service reads; `deletable` lets the empty bucket go."""
    everything = [arn, f"{arn}/*"]
    statements = [_deny("OnlyEncryptedConnections", ["s3:*"], everything, {"Bool": {"aws:SecureTransport": "false"}})]
    if portable:
        return _document([*statements, _deny("NobodyDeletesForGood", ["s3:DeleteObjectVersion"], [f"{arn}/*"])])
    statements.append(
        _deny("OnlyRecentTls", ["s3:*"], everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    )
    kept = [] if deletable else ["s3:DeleteBucket"]
    spared = {"ArnNotLike": {"aws:PrincipalArn": list(break_glass)}} if break_glass else None
    statements.append(_deny("NobodyDeletesForGood", [*_FOR_GOOD, *kept], everything, spared))
    # A key that only the caller has would make a ransom of what it wrote.
    given = {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}}
    statements.append(_deny("NoKeyOfTheCallers", ["s3:PutObject"], [f"{arn}/*"], given))
    if key:
        header = "s3:x-amz-server-side-encryption"
        # Null is there because a negated condition holds also where the header is missing, and then the bucket's own
        # encryption applies, which is what is wanted.
        other = {"StringNotEquals": {header: "aws:kms"}, "Null": {header: "false"}}
        statements.append(_deny("NoOtherEncryption", ["s3:PutObject"], [f"{arn}/*"], other))
        name = f"{header}-aws-kms-key-id"
        foreign = {"StringNotEquals": {name: key}, "Null": {name: "false"}}
        statements.append(_deny("NoOtherKey", ["s3:PutObject"], [f"{arn}/*"], foreign))
    return _document(statements)


def tenant_policy(
    arn: str, prefix: str, *, region: str, key: str | None = None, write: bool = True, asks_for_bucket: bool = False
) -> dict[str, Any]:
    """What a tenant may do: its own prefix, and nothing that cannot be had back.

    `asks_for_bucket` is for tools that first ask whether the bucket exists. Amazon knows no right for that alone: it
    also shows the names of all objects, though not what is in them.
    """
    statements: list[dict[str, Any]] = [
        {
            "Sid": "ListOwnPrefix",
            "Effect": "Allow",
            "Action": ["s3:ListBucket", *(["s3:ListBucketMultipartUploads"] if write else [])],
            "Resource": [arn],
            "Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}},
        },
        {
            "Sid": "OwnObjects",
            "Effect": "Allow",
            "Action": list(_WRITE if write else _READ),
            "Resource": [f"{arn}/{prefix}*"],
        },
        # Tools ask where the bucket is before they do anything; it tells nothing of what is in it.
        {"Sid": "WhereItIs", "Effect": "Allow", "Action": ["s3:GetBucketLocation"], "Resource": [arn]},
    ]
    if asks_for_bucket:
        condition = {"Null": {"s3:prefix": "true"}}
        statements.append({"Sid": "WhetherItIs", **_allow(["s3:ListBucket"], [arn], condition)})
    if key:
        statements.append(
            {
                "Sid": "OwnKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", *(["kms:GenerateDataKey"] if write else [])],
                "Resource": [key],
                "Condition": {"StringEquals": {"kms:ViaService": key_service(region)}},
            }
        )
    return _document(statements)


def web_identity_trust(provider: str, accounts: Sequence[str]) -> dict[str, Any]:
    """Who may take on a role: these service accounts, `namespace/name`, of the cluster with this identity provider."""
    issuer = provider.partition(":oidc-provider/")[2]
    subjects = [f"system:serviceaccount:{one.replace('/', ':', 1)}" for one in accounts]
    return _document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{issuer}:sub": subjects, f"{issuer}:aud": "sts.amazonaws.com"}},
            }
        ]
    )


def pod_identity_trust(cluster: str, namespace: str, accounts: Sequence[str]) -> dict[str, Any]:
    """The same by EKS Pod Identity: the session says whose it is."""
    tags = {
        "aws:RequestTag/eks-cluster-name": cluster,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": list(accounts),
    }
    return _document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"StringEquals": tags},
            }
        ]
    )


def service_trust(service: str) -> dict[str, Any]:
    """A role for one of Amazon's own services."""
    return _document([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}])


def replication_policy(
    source: str, target: str, *, region: str, replica_region: str, key: str, replica_key: str, delete_markers: bool
) -> dict[str, Any]:
    """What copying into the other region takes."""
    reads = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    locks = ["s3:GetObjectRetention", "s3:GetObjectLegalHold"]
    writes = ["s3:ReplicateObject", "s3:ReplicateTags", *(["s3:ReplicateDelete"] if delete_markers else [])]
    return _document(
        [
            _allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], [source]),
            _allow([*reads, *locks], [f"{source}/*"]),
            _allow(writes, [f"{target}/*"]),
            _allow(["kms:Decrypt"], [key], {"StringEquals": {"kms:ViaService": key_service(region)}}),
            _allow(
                ["kms:Encrypt", "kms:GenerateDataKey"],
                [replica_key],
                {"StringEquals": {"kms:ViaService": key_service(replica_region)}},
            ),
        ]
    )


def _allow(actions: list[str], resources: list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**found, "Condition": condition} if condition else found


def _deny(
    name: str, actions: list[str], resources: list[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"Sid": name, "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources}
    return {**found, "Condition": condition} if condition else found


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": statements}
