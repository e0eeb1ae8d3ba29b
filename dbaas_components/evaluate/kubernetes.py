"""What the Kubernetes provider makes known about an object before any controller has touched it.

Source: pulumi-kubernetes 4.34, `provider/pkg/metadata` (names) and `provider/pkg/provider` (identifiers).
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

PACKAGE = "kubernetes:"
# Types of the package that are not API objects: their identifiers follow rules of their own.
_NOT_OBJECTS = (
    "kubernetes:helm.sh/",
    "kubernetes:yaml:",
    "kubernetes:yaml/",
    "kubernetes:kustomize",
    "kubernetes:index:",
)


def is_object(token: str) -> bool:
    """Whether a type token is that of a Kubernetes API object."""
    return token.startswith(PACKAGE) and not token.startswith(_NOT_OBJECTS)


def object_name(urn: str, name: str) -> str:
    """The name of an object that gives none: the resource's name and eight hexadecimal digits.

    The provider draws those at random; here they are derived from the URN, so that a graph is the same on every run.
    """
    return f"{name}-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def identifier(metadata: Any) -> str | None:
    """The provider's identifier, `namespace/name`, or `name` where no namespace is given; None while either is late."""
    fields = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    name, namespace = fields.get("name"), fields.get("namespace") or ""
    if not isinstance(name, str) or not isinstance(namespace, str):
        return None
    return f"{namespace}/{name}" if namespace else name
