"""One row of the tables: a database as it is asked for, and what its operator has to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.operators.made import Made

NAME = "orders"
"""The name of every database of the tables."""
NODE, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
TLS = frozenset({"ca.crt", "tls.crt", "tls.key"})
"""The keys of a certificate's Secret."""
CERTIFICATES: Mapping[str, str] = {name: name for name in ("orders-ca-cert", "orders-ssl", "orders-ssl-internal")}
"""The operators' own certificates, each in a Secret of its name."""


@dataclass(frozen=True)
class Case:
    """One database: its arguments besides name and namespace, and what is made of it."""

    engine: str
    arguments: Mapping[str, object]
    made: Made
    presented: str
    """The Secret of the certificate that clients are shown."""
