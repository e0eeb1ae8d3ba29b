"""Arguments of buckets for the tests."""

from __future__ import annotations

from typing import Any

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.buckets.spec import BucketSpec

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "production"}
OIDC = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
STANDBY = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/DEF"
BREAK_GLASS = "arn:aws:iam::111122223333:role/break-glass"
WEEKLY = {"name": "weekly", "cron": "0 1 * * 0", "keep": 4}
DAILY = {"name": "daily", "cron": "0 1 * * *", "keep": 14}
BETWEEN = {"name": "between", "cron": "0 1 * * 1-6", "type": "incremental"}


def tenant(engine: str, schedules: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    """Database `orders` in namespace `shop`."""
    database = {key: given.pop(key) for key in ("pitr", "delete_from_storage", "incarnation") if key in given}
    return {
        "namespace": "shop",
        "engine": engine,
        "databases": {"orders": {"schedules": schedules, **database}},
        **given,
    }


TENANTS = {
    "pg": tenant("pg", [WEEKLY, BETWEEN]),
    "psmdb": tenant("psmdb", [DAILY], service_accounts=["orders"], delete_from_storage=True),
    "pxc": tenant("pxc", [DAILY], credentials="bucket-keys"),
    "ps": tenant("ps", [WEEKLY, BETWEEN], credentials="bucket-keys", delete_from_storage=True),
}


def aws(*tenants: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Arguments of a bucket on AWS; all four engines unless tenants are given."""
    return {
        "provider": "aws",
        "ownership": OWNERSHIP,
        "bucket": "acme-backups",
        "region": "eu-west-1",
        "cluster": {"oidc_provider": OIDC},
        "tenants": list(tenants or TENANTS.values()),
        **given,
    }


def gcp(*tenants: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Arguments of a bucket on Google Cloud: pg without keys, pxc with."""
    return {
        "provider": "gcp",
        "ownership": OWNERSHIP,
        "bucket": "acme-backups",
        "region": "europe-west1",
        "project": "acme",
        "cluster": {"workload_pool": "acme.svc.id.goog"},
        "tenants": list(tenants or (TENANTS["pg"], TENANTS["pxc"])),
        **given,
    }


def keyed(args: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The same elsewhere, every tenant with keys."""
    kept = {key: value for key, value in args.items() if key != "cluster"}
    return {**kept, "tenants": [{**one, "credentials": "bucket-keys"} for one in args["tenants"]], **given}


def parsed(args: dict[str, Any]) -> BucketSpec:
    """The specification."""
    return parse_arguments(BucketSpec, "bucket", args)
