"""The parts of the arguments of `Vault`, as a program writes them."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict


class AwsKeyArgs(TypedDict):
    """A key of AWS KMS, used with the identity of the servers' pods: Encrypt, Decrypt and DescribeKey."""

    key: str
    """Identifier, ARN or alias. Whoever deletes it has deleted everything in Vault, and its snapshots."""
    region: str
    """`eu-west-1`."""
    endpoint: NotRequired[str]
    """Another address of KMS, such as a private one."""


class GoogleKeyArgs(TypedDict):
    """A key of Google Cloud KMS, used with the identity of the servers' pods (`cryptoKeyEncrypterDecrypter`)."""

    project: str
    """Identifier of the project."""
    location: str
    """Of the key ring: `europe-west1`."""
    key_ring: str
    """Key ring."""
    key: str
    """Key. Whoever destroys it has destroyed everything in Vault, and its snapshots."""


class TransitKeyArgs(TypedDict):
    """A key of another Vault or OpenBao, which must be open whenever a pod of this one starts."""

    address: str
    """Its address."""
    key: str
    """Name of the key."""
    mount: NotRequired[str]
    """Mount of its transit engine; default `transit`."""
    token_secret: str
    """Secret with a token for it, in this Vault's namespace."""
    token_key: NotRequired[str]
    """Key in it; default `token`."""
    ca_secret: NotRequired[str]
    """Secret with the authority of its certificate, in the same namespace; default: the public ones."""
    ca_key: NotRequired[str]
    """Key in it; default `ca.crt`."""


class SealArgs(TypedDict):
    """What opens Vault after a restart: one of `aws_kms`, `google_kms`, `transit` and `shamir`."""

    aws_kms: NotRequired[AwsKeyArgs]
    """A key of AWS KMS."""
    google_kms: NotRequired[GoogleKeyArgs]
    """A key of Google Cloud KMS."""
    transit: NotRequired[TransitKeyArgs]
    """A key of another Vault or OpenBao."""
    shamir: NotRequired[Literal["keys_kept_in_a_secret"]]
    """For trials: its own key lies in a Secret beside it, so that whoever reads Secrets reads everything. A pod that
    restarts stays closed until the Job is run again."""
    recovery_public_keys: NotRequired[list[str]]
    """OpenPGP public keys, base64 without armour, of those who each get a recovery key. With enough of these a root
    token can be made, and the seal moved to another key."""
    recovery_threshold: NotRequired[int]
    """How many recovery keys are needed; default: more than half."""
    recovery_keys: NotRequired[Literal["plain_in_a_secret"]]
    """For trials: one recovery key, as it is, in the Secret."""


class IssuerArgs(TypedDict):
    """Who issues the servers' certificate."""

    name: NotRequired[str]
    """Its name; default `dbaas-ca`."""
    kind: NotRequired[Literal["ClusterIssuer", "Issuer"]]
    """Default `ClusterIssuer`; an `Issuer` must be in Vault's namespace."""


class VolumeArgs(TypedDict):
    """A volume of each pod, which stays when the pod or the release goes."""

    size: NotRequired[str]
    """Default `10Gi`, at least `1Gi`."""
    storage_class: NotRequired[str]
    """StorageClass; default: the Kubernetes cluster's own."""


class KeyConsumerArgs(TypedDict):
    """A database whose data keys are in Vault."""

    namespace: str
    """Its namespace."""
    database: str
    """Its name."""
    engine: Literal["pxc", "ps", "psmdb"]
    """Its engine, which decides the version of its mount."""
    mount: NotRequired[str]
    """Mount of its keys; default `<engine>-<namespace>-<database>`, for psmdb `mongodb-keys`, where each has a path."""


class StoreReaderArgs(TypedDict):
    """External Secrets."""

    namespaces: list[str]
    """Namespaces whose entries, `<namespace>/...`, it may read."""
    push: NotRequired[bool]
    """Whether it may write them too, for PushSecrets; default false."""
    service_account: NotRequired[str]
    """Its service account; default `external-secrets/external-secrets`."""


class TokenWriterArgs(TypedDict):
    """The Job of `PmmTokens`."""

    databases: list[str]
    """Databases, `namespace/name`, whose entry `<namespace>/<name>/credentials` it may write."""
    service_account: NotRequired[str]
    """Its service account; default `pmm/pmm-tokens`."""


class UserReaderArgs(TypedDict):
    """The operator of psmdb, which takes users from Vault."""

    path: NotRequired[str]
    """What it may read, below the platform's store; default `psmdb`."""
    service_account: NotRequired[str]
    """Its service account; default `percona-operators/psmdb-operator`."""


class RuleArgs(TypedDict):
    """What may be done below a path."""

    path: str
    """Path, with its mount, as policies of Vault write it."""
    capabilities: list[Literal["create", "read", "update", "delete", "list", "patch"]]
    """What may be done."""


class RoleArgs(TypedDict):
    """A role of somebody else, such as an application."""

    name: str
    """Its name."""
    service_accounts: list[str]
    """Who may log in with it, `namespace/name` each."""
    audience: NotRequired[str]
    """Audience of their tokens; default `vault`."""
    rules: list[RuleArgs]
    """What it may do."""


class ConsumersArgs(TypedDict):
    """Who logs in to Vault. Who is taken out again loses role and policy, never a key."""

    keys: NotRequired[list[KeyConsumerArgs]]
    """Databases whose data keys are in Vault."""
    external_secrets: NotRequired[StoreReaderArgs]
    """External Secrets."""
    pmm_tokens: NotRequired[TokenWriterArgs]
    """The Job of `PmmTokens`."""
    psmdb_users: NotRequired[UserReaderArgs]
    """The operator of psmdb."""
    roles: NotRequired[list[RoleArgs]]
    """Others."""


class TokensArgs(TypedDict):
    """Tokens of databases that keep their keys in Vault, which their servers read once and never renew."""

    period: NotRequired[str]
    """How long one lives after it was renewed last; default `30d`, at least `7d`."""
    schedule: NotRequired[str]
    """When they are renewed; default every six hours, `23 */6 * * *`."""


class S3BucketArgs(TypedDict):
    """A bucket of S3, or of whoever speaks like it."""

    bucket: str
    """Its name."""
    region: str
    """Its region."""
    prefix: NotRequired[str]
    """Where in it; default `vault`."""
    endpoint: NotRequired[str]
    """Address of another than AWS."""
    credentials_secret: NotRequired[str]
    """Secret with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, in Vault's namespace; default: the pod's own."""


class GoogleBucketArgs(TypedDict):
    """A bucket of Google Cloud Storage."""

    bucket: str
    """Its name."""
    prefix: NotRequired[str]
    """Where in it; default `vault`."""


class SnapshotsArgs(TypedDict):
    """Snapshots of everything, each checked, sent to the bucket and read back; they open with the same seal only. The
    first one is waited for. Whoever writes them has to read below the prefix too."""

    s3: NotRequired[S3BucketArgs]
    """A bucket of S3."""
    google: NotRequired[GoogleBucketArgs]
    """A bucket of Google Cloud Storage."""
    schedule: NotRequired[str]
    """When; default every six hours, `41 */6 * * *`."""
    service_account_annotations: NotRequired[Mapping[str, str]]
    """Annotations of the Job's service account `dbaas-snapshot`, by which a cloud lets it write and read the bucket."""
