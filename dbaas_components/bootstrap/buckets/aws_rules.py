"""Rules as S3 writes them down. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbaas_components.bootstrap.buckets.lifecycle import Rule


def lifecycle(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """`rules` of a BucketLifecycleConfiguration, in the words of the provider."""
    return [
        {"id": rule.name, "status": "Enabled", "filter": {"prefix": rule.prefix}, **_action(rule)} for rule in rules
    ]


def _action(rule: Rule) -> dict[str, Any]:
    match rule.action:
        case "abort_uploads":
            return {"abort_incomplete_multipart_upload": {"days_after_initiation": rule.days}}
        case "expire_noncurrent":
            return {"noncurrent_version_expiration": {"noncurrent_days": rule.days}}
        case "expire_markers":
            # A rule of its own: S3 takes it beside no number of days.
            return {"expiration": {"expired_object_delete_marker": True}}
        case "expire":
            return {"expiration": {"days": rule.days}}
        case "transition":
            return {"transitions": [{"days": rule.days, "storage_class": rule.storage_class}]}


def api_document(rules: Sequence[Rule]) -> dict[str, Any]:
    """The same as S3's own API takes it."""
    words = {
        "abort_incomplete_multipart_upload": "AbortIncompleteMultipartUpload",
        "noncurrent_version_expiration": "NoncurrentVersionExpiration",
        "expiration": "Expiration",
        "transitions": "Transitions",
        "days_after_initiation": "DaysAfterInitiation",
        "noncurrent_days": "NoncurrentDays",
        "expired_object_delete_marker": "ExpiredObjectDeleteMarker",
        "days": "Days",
        "storage_class": "StorageClass",
        "id": "ID",
        "status": "Status",
        "filter": "Filter",
        "prefix": "Prefix",
    }

    def said(value: Any) -> Any:
        if isinstance(value, dict):
            return {words[key]: said(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return [said(one) for one in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]

    return {"Rules": said(lifecycle(rules))}
