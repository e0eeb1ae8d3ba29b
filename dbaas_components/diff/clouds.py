"""What is no object of Kubernetes: which fields name one of them, and which of them keep data."""

from __future__ import annotations

import re
from typing import Final

from dbaas_components.diff.document import Saved

_INSIDE: Final = ("kubernetes:", "pulumi:", "pulumi-")
_PLACE: Final = (
    "name", "namePrefix", "bucketPrefix", "region", "location", "zone", "availabilityZone", "project", "keyRing",
    "resourceGroupName", "accountName", "storageAccountName", "identifier", "clusterIdentifier",
)  # fmt: skip
# Where clouds keep data and whole Kubernetes clusters, as in the names of their modules, and providers of databases.
_KEEPERS: Final = re.compile(
    r"[a-z-]+:(?:rds|docdb|neptune|elasticache|memorydb|redshift|opensearch|elasticsearch|dynamodb|dax|efs|fsx|ebs|eks|msk"
    r"|sql|spanner|bigtable|redis|memorystore|alloydb|filestore|container|bigquery|firestore|databases?"
    r"|postgresql|mysql|mssql|mariadb|cosmosdb|dbforpostgresql|dbformysql|containerservice|netapp)[/:]"
    r"|(?:postgresql|mysql|mongodbatlas|aiven|snowflake|confluentcloud|astra|timescale|rediscloud|minio)[/:]"
    r"|[a-z-]+:index/(?:database|kubernetes|volume|r2Bucket|spacesBucket|objectStorageBucket)"
)
# Kinds of other modules and providers that keep data by what they are called.
_KEPT: Final = re.compile(r"(?:Disk|Volume|Snapshot|FileSystem|FileShare|Database|Table|Bucket|Container)(?:V\d+)?$")
_VERSION: Final = re.compile(r"v\d+$")
_CALLED: Final = re.compile(r"(?:name|identifier|id|)$")
_KEEPS_NONE: Final = (
    "ParameterGroup", "SubnetGroup", "OptionGroup", "Subscription", "Addon", "AccessEntry", "Policy",
    "User", "Role", "Grant", "Attachment", "Firewall", "AccessList",
)  # fmt: skip


def outside_kubernetes(resource: Saved) -> bool:
    """Whether it is an object of a cloud or of another service."""
    return not resource.type.startswith(_INSIDE)


def says_where(resource: Saved, pattern: str) -> bool:
    """Whether a field says what an object is called or where it is, which is changed in place nowhere."""
    return pattern in _PLACE and outside_kubernetes(resource)


def is_own_name(resource: Saved, pattern: str) -> bool:
    """Whether a field is called by the object's kind: `bucket` of an `S3Bucket`, `serverName` of a `Server`."""
    stem = _CALLED.sub("", pattern.lower(), count=1)
    return bool(stem) and outside_kubernetes(resource) and _VERSION.sub("", resource.kind.lower()).endswith(stem)


def keeps_data(resource: Saved) -> bool:
    """Whether another object in its place would be an empty one: a database, a volume, a Kubernetes cluster."""
    if not outside_kubernetes(resource) or resource.kind.endswith(_KEEPS_NONE):
        return False
    return _KEEPERS.match(resource.type) is not None or _KEPT.search(resource.kind) is not None
