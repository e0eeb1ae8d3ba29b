"""Names of Pulumi children and of Kubernetes objects: one function for each, no knowledge of Pulumi."""

from __future__ import annotations

import re

_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
DNS_LABEL_LIMIT = 63


def child_name(parent: str, role: str) -> str:
    """The Pulumi name of a component's child: `{parent}-{role}`."""
    return f"{parent}-{role}"


def dns_label_problem(name: str, limit: int = DNS_LABEL_LIMIT, because: str = "Kubernetes allows no more") -> str | None:
    """What is wrong with `name` as the name of an object that also names Services, or None.

    Services must be RFC 1035 labels: lower-case letters, digits and hyphens, a letter first, at most 63 characters.
    `limit` is lower where an operator asks for less, and `because` says who.
    """
    if not _DNS_LABEL.fullmatch(name):
        return f'"{name}" is not a valid name; use lower-case letters, digits and hyphens, starting with a letter'
    if len(name) > limit:
        return f'"{name}" has {len(name)} characters; {because}: shorten it to at most {limit}'
    return None
