"""Reading positions within the databases themselves, which no operator tells."""

from __future__ import annotations

from typing import Protocol

from dbaas_components.dr.failover.site import Site


class PositionProbe(Protocol):
    """How far a site's data reaches, in the engine's own notation: LSN, GTID set, optime."""

    def final(self, site: Site) -> str:
        """The last position of a site that was fenced; empty where it cannot be read."""
        ...

    def reached(self, site: Site, position: str) -> bool | None:
        """Whether a standby has replayed that position; None where it cannot be told."""
        ...
