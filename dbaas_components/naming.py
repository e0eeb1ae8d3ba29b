"""Names of Pulumi children and of Kubernetes objects: one function for each, no knowledge of Pulumi."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DNS_LABEL_LIMIT: Final = 63
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class NameLimit:
    """How long a database's name may be, and who says so."""

    characters: int
    because: str
    """Completes "...: " in an error message, for example `PXC operator 1.20.0 allows no more`."""


SERVICE_NAME_LIMIT: Final = NameLimit(DNS_LABEL_LIMIT, "Kubernetes allows no more")


def child_name(parent: str, role: str) -> str:
    """The Pulumi name of a component's child: `{parent}-{role}`."""
    return f"{parent}-{role}"


def object_name(database: str, role: str) -> str:
    """The name of a Kubernetes object that an operator makes for a database: `{database}-{role}`."""
    return f"{database}-{role}"


def dns_label_problem(name: str, limit: int = DNS_LABEL_LIMIT, because: str = SERVICE_NAME_LIMIT.because) -> str | None:
    """What is wrong with `name` as the name of an object that also names Services, or None.

    Services must be RFC 1035 labels: lower-case letters, digits and hyphens, a letter first, at most 63 characters.
    `limit` is lower where an operator asks for less, and `because` says who.
    """
    if not _SERVICE_NAME.fullmatch(name):
        from dbaas_components.errors import shown

        return (
            f"{shown(name)} is not a valid name; use lower-case letters, digits and hyphens, "
            "starting with a letter and not ending with a hyphen"
        )
    return _length_problem(name, limit, because)


def namespace_problem(name: str) -> str | None:
    """What is wrong with `name` as a namespace, or None.

    Namespaces are RFC 1123 labels: as Service names, but a digit may come first.
    """
    if not _DNS_LABEL.fullmatch(name):
        from dbaas_components.errors import shown

        return (
            f"{shown(name)} is not a valid namespace; use lower-case letters, digits and hyphens, "
            "not starting or ending with a hyphen"
        )
    return _length_problem(name, DNS_LABEL_LIMIT, SERVICE_NAME_LIMIT.because)


def _length_problem(name: str, limit: int, because: str) -> str | None:
    if len(name) > limit:
        from dbaas_components.errors import shown

        return f"{shown(name)} has {len(name)} characters; {because}: shorten it to at most {limit}"
    return None
