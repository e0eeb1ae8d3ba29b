"""What a cloud would refuse of a bucket only once it is made is refused before, with the field and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.buckets.findings import bucket_findings
from dbaas_components.bootstrap.buckets.gcp_rules import places_of
from dbaas_components.errors import SpecError
from tests.unit.buckets.made import TENANTS, aws, gcp, keyed, parsed

PG = TENANTS["pg"]
SERVICE = {"provider": "s3_compatible", "endpoint": "https://minio.example.com"}
AZURE = {"provider": "azure", "storage_account": "acmebackups", "region": "westeurope"}


def rule(storage_class: str, days: int = 90, prefix: str = "") -> dict[str, Any]:
    return {
        "extra_rules": [{"name": "mine", "prefix": prefix, "transition_days": days, "storage_class": storage_class}]
    }


WRONG = [
    (aws(region="europe-west1"), "region", '"europe-west1" is not a region of AWS; write such as eu-west-1'),
    (aws(region="eu_west_1"), "region", '"eu_west_1" is not a region of AWS'),
    (gcp(region="eu-west-1"), "region", '"eu-west-1" is not a location of Google Cloud; write such as europe-west1'),
    (gcp(region="europe-west1+europe-west"), "region", '"europe-west" is not a location of Google Cloud'),
    (aws(replication={"region": "europe-west4"}), "replication.region", '"europe-west4" is not a region of AWS'),
    (aws(replication={"region": "cn-north-1"}), "replication.region", "another of Amazon's clouds than eu-west-1"),
    (
        aws(bucket="a" * 60, replication={"region": "eu-central-1"}),
        "replication.bucket",
        "-replica is longer than the 63 characters that a name has; write a shorter one",
    ),
    (aws(region="cn-north-1"), "cluster.oidc_provider", "another of Amazon's clouds than the bucket in cn-north-1"),
    (aws(PG, **rule("GLACEIR")), "extra_rules[0].storage_class", 'did you mean "GLACIER"?'),
    (aws(PG, **rule("COLDLINE")), "extra_rules[0].storage_class", '"COLDLINE" is no class that aws changes objects to'),
    (gcp(PG, **rule("STANDARD_IA")), "extra_rules[0].storage_class", "choose ARCHIVE, COLDLINE or NEARLINE"),
    (
        aws(PG, **rule("deep_archive", prefix="audit/")),
        "extra_rules[0].storage_class",
        '"deep_archive" is no class that aws',
    ),
    (aws(PG, **rule("glacier")), "extra_rules[0]", "glacier is an archive, and a restore of shop/orders cannot wait"),
    (aws(PG, **rule("STANDARD_IA", 10)), "extra_rules[0].transition_days", "10 days are too few for STANDARD_IA"),
    (aws(project_number="123456"), "project_number", "is for provider gcp only, and this is aws; leave it out"),
    (aws(supports={"object_lock": True}), "supports", "is for provider s3_compatible only, and this is aws"),
    (aws(path_style=False), "path_style", "is for provider s3_compatible only, and this is aws"),
    (
        keyed(aws(), **SERVICE, supports={"lifecycle": False}, **rule("COLD")),
        "extra_rules",
        "was said to have no rules (supports.lifecycle: false), and nothing is made of these; leave them out",
    ),
    (keyed(aws(), **AZURE, bucket="acme.backups"), "bucket", "is no name for a container, which has no dots"),
    (keyed(aws(), **{**AZURE, "storage_account": "Acme_1"}), "storage_account", '"Acme_1" is not a storage account'),
    (gcp(project="My Project"), "project", '"My Project" is not the identifier of a project'),
    (aws(bucket="acme.backups"), "bucket", "the certificate of S3 holds for no host name with one"),
    (
        aws(replication={"region": "eu-central-1", "bucket": "acme.copy"}),
        "replication.bucket",
        '"acme.copy" has dots',
    ),
    (aws(bucket="192.168.1.1"), "bucket", '"192.168.1.1" is not a name for a bucket'),
    (aws(bucket="acme.-prod"), "bucket", '"acme.-prod" is not a name for a bucket'),
]


@pytest.mark.parametrize(
    ("args", "path", "message"), WRONG, ids=[f"{path}-{one}" for one, (_, path, _) in enumerate(WRONG)]
)
def test_what_the_cloud_would_refuse_is_refused_first(args: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parsed(args)
    told = {problem.path: problem.message for problem in caught.value.problems}
    assert list(told) == [path]
    assert message in told[path]


@pytest.mark.parametrize(
    "args",
    [
        *(aws(TENANTS["pxc"], region=one) for one in ("us-gov-west-1", "cn-northwest-1", "ap-southeast-2")),
        *(gcp(region=one) for one in ("northamerica-northeast1", "EU", "us", "EUR4", "europe-west1+europe-west4")),
        aws(PG, **rule("STANDARD_IA", 30)),
        aws(PG, **rule("GLACIER_IR", 1)),
        gcp(PG, **rule("COLDLINE", 1)),
        keyed(aws(), **SERVICE, **rule("WARM-TIER", 1)),
        keyed(aws(), **SERVICE, path_style=False, supports={"lifecycle": False}),
        keyed(aws(), **AZURE),
        gcp(project="example.com:acme", project_number="123456"),
    ],
)
def test_what_the_cloud_takes_is_taken(args: dict[str, Any]) -> None:
    parsed(args)


def test_a_class_of_one_zone_is_told_where_backups_change_to_it() -> None:
    assert any(
        "ONEZONE_IA keeps objects in one zone" in one for one in bucket_findings(parsed(aws(PG, **rule("ONEZONE_IA"))))
    )
    elsewhere = parsed(aws(PG, **rule("ONEZONE_IA", prefix="exports/")))
    assert not any("ONEZONE_IA" in one for one in bucket_findings(elsewhere))


def test_the_key_of_a_bucket_in_all_of_europe_is_where_keys_of_europe_are() -> None:
    assert places_of("EU") == ("EU", (), "europe")
    assert places_of("us") == ("US", (), "us")
    assert places_of("europe-west1") == ("EUROPE-WEST1", (), "europe-west1")


def test_a_schedule_that_never_comes_is_refused_at_its_place() -> None:
    database = {"schedules": [{"name": "never", "cron": "0 1 31 2 *", "keep": 8}]}
    with pytest.raises(SpecError) as caught:
        parsed(aws({**TENANTS["pxc"], "databases": {"orders": database}}))
    (problem,) = caught.value.problems
    assert problem.path == "tenants[0].databases.orders.schedules[0].cron"
    assert problem.message.startswith('"0 1 31 2 *" never comes, because no such month has that day; write a day')
    leap = {"schedules": [{"name": "leap", "cron": "0 1 29 2 *", "keep": 8}]}
    parsed(aws({**TENANTS["pxc"], "databases": {"orders": leap}}))
