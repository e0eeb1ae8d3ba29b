"""A name that is taken ends in one sentence with the way out."""

from __future__ import annotations

import pytest

from dbaas_components.bootstrap.buckets.taken import taken_problem

KIND, NAME, BUCKET = "aws:s3/bucket:Bucket", "backups-bucket", "acme-backups"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "creating S3 Bucket (acme-backups): operation error S3: CreateBucket, BucketAlreadyExists:",
            "the name acme-backups belongs to somebody else's bucket",
        ),
        (
            "operation error S3: CreateBucket, StatusCode: 409, BucketAlreadyOwnedByYou: Your previous",
            "take it over with `pulumi import aws:s3/bucket:Bucket backups-bucket acme-backups`",
        ),
        (
            "googleapi: Error 409: The requested bucket name is not available. conflict",
            "choose another; the next `up` goes on from here",
        ),
        (
            "googleapi: Error 409: Your request to create it succeeded and you already own it.",
            "is yours",
        ),
    ],
)
def test_it_is_told_whose_it_is(error: str, told: str) -> None:
    assert told in (taken_problem([error], KIND, NAME, BUCKET) or "")


def test_other_failures_are_left_to_the_cloud() -> None:
    assert taken_problem(["AccessDenied: not allowed to s3:CreateBucket"], KIND, NAME, BUCKET) is None
