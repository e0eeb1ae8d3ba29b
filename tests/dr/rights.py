"""Waiting for rights: the API server learns of new ones by watching itself, a moment after it took them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import kubernetes

_PATIENCE = 20.0


def wait_for_rights(client: Any, objects: Iterable[Mapping[str, Any]], namespace: str) -> None:
    """Until the account of this client may do what the Roles among these objects say first."""
    for role in (one for one in objects if one["kind"] == "Role"):
        rule = role["rules"][0]
        name = {"name": rule["resourceNames"][0]} if rule.get("resourceNames") else {}
        asked = {"group": rule["apiGroups"][0], "resource": rule["resources"][0], "verb": rule["verbs"][0], **name}
        wait_until_allowed(client, {**asked, "namespace": namespace})


def wait_until_allowed(client: Any, asked: Mapping[str, Any]) -> None:
    """Until the account of this client may do this, in the words of a SelfSubjectAccessReview."""
    deadline = time.monotonic() + _PATIENCE
    while not allowed(client, asked):
        assert time.monotonic() < deadline, f"no right to {asked} after {_PATIENCE:g} s"
        time.sleep(0.05)


def allowed(client: Any, asked: Mapping[str, Any]) -> bool:
    """Whether the account of this client may do this now."""
    reviews: Any = kubernetes.client.AuthorizationV1Api(client)
    return reviews.create_self_subject_access_review({"spec": {"resourceAttributes": asked}}).status.allowed
