"""What a size and a profile stand for: plain tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """What one database pod asks for. CPU is requested and not capped: a capped database stalls while cores are idle.
    Memory is requested and capped at the same amount, so that a neighbour cannot push the database out of memory."""

    cpu: str
    """Kubernetes CPU quantity, in cores."""
    memory: str
    """Kubernetes memory quantity, in bytes."""


SIZES: Final[Mapping[str, Mapping[str, Size]]] = MappingProxyType(
    {
        # The MySQL engines hold the buffer pool and, while a new member is seeded, a second server process.
        "pxc": MappingProxyType({"small": Size("1", "2Gi"), "medium": Size("2", "8Gi"), "large": Size("8", "32Gi")}),
        "ps": MappingProxyType({"small": Size("1", "2Gi"), "medium": Size("2", "8Gi"), "large": Size("8", "32Gi")}),
        "psmdb": MappingProxyType({"small": Size("1", "2Gi"), "medium": Size("2", "8Gi"), "large": Size("8", "32Gi")}),
        # PostgreSQL leans on the page cache outside its own memory, so a small one starts with less.
        "pg": MappingProxyType({"small": Size("500m", "1Gi"), "medium": Size("2", "8Gi"), "large": Size("8", "32Gi")}),
    }
)
DEFAULT_SIZE: Final = "small"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a database gets where its owner says nothing."""

    replicas: int
    proxies: int
    """Pods of the proxy in front of the database."""
    proxy: Size
    storage: str
    """Size of each replica's volume."""
    deletion_protection: bool
    spread_nodes: bool
    """Whether two replicas may never share a node."""
    spread_zones: bool
    """Whether replicas and proxies are also spread evenly over zones."""
    require_tls: bool
    """Whether connections without TLS are refused where the engine can be told to; TLS itself is always on."""
    single_replica: bool
    """Whether one replica, without failover, is accepted."""
    isolated: bool
    """Whether only the database's own namespace may connect, unless `network` says otherwise."""
    protected: bool
    """Whether logs are shipped and audit and log collection are on, where the engine has them."""
    schedules: tuple[Mapping[str, str | int], ...]
    """Backups of a database that has a storage for them and names no schedule."""


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "dev": Profile(
            replicas=1,
            proxies=1,
            proxy=Size("100m", "256Mi"),
            storage="5Gi",
            deletion_protection=False,
            spread_nodes=False,
            spread_zones=False,
            require_tls=False,
            single_replica=True,
            isolated=False,
            protected=False,
            schedules=(),
        ),
        "standard": Profile(
            replicas=3,
            proxies=2,
            proxy=Size("200m", "512Mi"),
            storage="50Gi",
            deletion_protection=True,
            spread_nodes=True,
            spread_zones=False,
            require_tls=True,
            single_replica=False,
            isolated=False,
            protected=True,
            schedules=({"name": "daily", "cron": "0 1 * * *", "keep": 7},),
        ),
        "critical": Profile(
            replicas=3,
            proxies=3,
            proxy=Size("1", "1Gi"),
            storage="100Gi",
            deletion_protection=True,
            spread_nodes=True,
            spread_zones=True,
            require_tls=True,
            single_replica=False,
            isolated=True,
            protected=True,
            schedules=({"name": "daily", "cron": "0 1 * * *", "keep": 14},),
        ),
    }
)
DEFAULT_PROFILE: Final = "standard"
