"""The generated documents, taken and kept by a real server that speaks S3.

What it enforces of them is tried here: versions, locks, the rights of tenants on objects. It does not read conditions
of policies (moto 5) and runs no lifecycle: those are judged by `tests/unit/buckets/iam.py` and by the simulation.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from dbaas_components.bootstrap.buckets.aws_rules import api_document
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules
from dbaas_components.bootstrap.buckets.policies import bucket_arn, bucket_policy, tenant_policy, web_identity_trust
from tests.buckets.accounts import REGION, Keys, Rights, client
from tests.unit.buckets.made import OIDC, aws, parsed

pytestmark = pytest.mark.slow

pytest.importorskip("boto3", reason="boto3 is not installed")
from botocore.exceptions import ClientError  # noqa: E402

PREFIX = "production/pg/shop/"


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_the_rules_are_taken_and_given_back_as_they_are(server: str, name: str):
    s3 = client(server, "s3")
    document = api_document(derived_rules(parsed(aws())))
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=document)
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == document["Rules"]


def test_a_marker_rule_with_days_is_refused_which_is_why_it_stands_alone(server: str, name: str):
    rule = {"ID": "both", "Status": "Enabled", "Filter": {"Prefix": ""}}
    expiration = {"Days": 3, "ExpiredObjectDeleteMarker": True}
    with pytest.raises(ClientError) as error:
        client(server, "s3").put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration={"Rules": [{**rule, "Expiration": expiration}]}
        )
    assert code(error) == "MalformedXML"


def test_a_delete_leaves_a_marker_and_the_version_comes_back(server: str, name: str):
    s3 = client(server, "s3")
    s3.put_object(Bucket=name, Key=f"{PREFIX}orders/1/backup.info", Body=b"one")
    s3.put_object(Bucket=name, Key=f"{PREFIX}orders/1/backup.info", Body=b"two")
    s3.delete_object(Bucket=name, Key=f"{PREFIX}orders/1/backup.info")
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=name, Key=f"{PREFIX}orders/1/backup.info")
    assert code(error) == "NoSuchKey"
    listed = s3.list_object_versions(Bucket=name, Prefix=PREFIX)
    assert len(listed["Versions"]) == 2
    (marker,) = listed["DeleteMarkers"]
    s3.delete_object(Bucket=name, Key=marker["Key"], VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=name, Key=f"{PREFIX}orders/1/backup.info")["Body"].read() == b"two"


def test_under_a_lock_tools_overwrite_and_delete_as_ever_and_no_version_goes(server: str, name: str):
    s3 = client(server, "s3")
    retention = {"Mode": "GOVERNANCE", "Days": 14}
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )
    key = f"{PREFIX}orders/1/archive.info"
    first = s3.put_object(Bucket=name, Key=key, Body=b"one")["VersionId"]
    s3.put_object(Bucket=name, Key=key, Body=b"two")
    s3.delete_object(Bucket=name, Key=key)
    with pytest.raises(ClientError) as error:
        s3.delete_object(Bucket=name, Key=key, VersionId=first)
    assert code(error) == "AccessDenied"
    s3.delete_object(Bucket=name, Key=key, VersionId=first, BypassGovernanceRetention=True)
    left = [one["VersionId"] for one in s3.list_object_versions(Bucket=name, Prefix=key)["Versions"]]
    assert first not in left
    assert len(left) == 1


def test_the_buckets_policy_is_taken_and_given_back(server: str, name: str):
    s3 = client(server, "s3")
    document = bucket_policy(bucket_arn(name, REGION), key="arn:aws:kms:eu-west-1:111122223333:key/mrk-1")
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == document


@pytest.fixture
def tenant(server: str, name: str, user: Callable[..., Keys], rights: Rights) -> dict[str, Any]:
    """Clients of a tenant that may write, and of a standby site that may read; rights are enforced meanwhile."""
    keys = {
        who: user(tenant_policy(bucket_arn(name, REGION), PREFIX, region=REGION, write=write))
        for who, write in (("writer", True), ("reader", False))
    }
    client(server, "s3").put_object(Bucket=name, Key=f"{PREFIX}orders/1/x", Body=b"x")
    client(server, "s3").put_object(Bucket=name, Key="production/pg/shop2/orders/1/x", Body=b"x")
    rights.enforce()
    return {who: one.client(server) for who, one in keys.items()}


def test_a_tenant_reads_writes_and_deletes_below_its_prefix_only(tenant: dict[str, Any], name: str):
    writer = tenant["writer"]
    writer.put_object(Bucket=name, Key=f"{PREFIX}orders/1/y", Body=b"y")
    assert writer.get_object(Bucket=name, Key=f"{PREFIX}orders/1/y")["Body"].read() == b"y"
    writer.delete_object(Bucket=name, Key=f"{PREFIX}orders/1/y")
    for key in ("production/pg/shop2/orders/1/x", "production/psmdb/shop/x", "x"):
        for call in (
            lambda key=key: writer.get_object(Bucket=name, Key=key),
            lambda key=key: writer.put_object(Bucket=name, Key=key, Body=b"z"),
            lambda key=key: writer.delete_object(Bucket=name, Key=key),
        ):
            with pytest.raises(ClientError) as error:
                call()
            assert code(error) == "AccessDenied", key


def test_a_standby_site_reads_and_writes_nothing(tenant: dict[str, Any], name: str):
    reader = tenant["reader"]
    assert reader.get_object(Bucket=name, Key=f"{PREFIX}orders/1/x")["Body"].read() == b"x"
    for call in (
        lambda: reader.put_object(Bucket=name, Key=f"{PREFIX}orders/1/x", Body=b"z"),
        lambda: reader.delete_object(Bucket=name, Key=f"{PREFIX}orders/1/x"),
        lambda: reader.get_object(Bucket=name, Key="production/pg/shop2/orders/1/x"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert code(error) == "AccessDenied"


def test_a_tenant_changes_nothing_of_the_bucket_itself(tenant: dict[str, Any], name: str):
    writer = tenant["writer"]
    for call in (
        lambda: writer.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"}),
        lambda: writer.delete_bucket_policy(Bucket=name),
        lambda: writer.put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration=api_document(derived_rules(parsed(aws())))
        ),
        lambda: writer.delete_bucket(Bucket=name),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert code(error) == "AccessDenied"


def test_a_role_for_pods_is_taken(server: str):
    trust = web_identity_trust(OIDC, ["shop/orders-instance"])
    role = f"pods-{uuid.uuid4().hex[:8]}"
    made = client(server, "iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
    assert made["Role"]["AssumeRolePolicyDocument"] == trust
