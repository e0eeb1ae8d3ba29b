"""The table of the engines' topologies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dbaas_components.dr.topology import pg, ps, psmdb, pxc
from dbaas_components.dr.topology.design import EngineTopology

TOPOLOGIES: Final[Mapping[str, EngineTopology]] = MappingProxyType(
    {one.engine: one for one in (pxc.TOPOLOGY, ps.TOPOLOGY, psmdb.TOPOLOGY, pg.TOPOLOGY)}
)
"""Topologies by engine."""
