"""The lease in a third place: one interface, and a store each for Kubernetes, S3 and Google Cloud Storage."""

from __future__ import annotations

from dbaas_components.dr.lease.interface import (
    Foreign,
    Granted,
    HeldByOther,
    Identity,
    Lease,
    LeaseRecord,
    LeaseStore,
    Lost,
    Observed,
    Released,
    StoreUnreachable,
    Unreachable,
    WonBy,
)

__all__ = [
    "Foreign",
    "Granted",
    "HeldByOther",
    "Identity",
    "Lease",
    "LeaseRecord",
    "LeaseStore",
    "Lost",
    "Observed",
    "Released",
    "StoreUnreachable",
    "Unreachable",
    "WonBy",
]
