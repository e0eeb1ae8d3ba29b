"""The table of engines: adding one is a file beside this one and a row here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dbaas_components.databases import pg, ps, psmdb, pxc
from dbaas_components.databases.engine import Engine

ENGINES: Final[Mapping[str, Engine]] = MappingProxyType(
    {engine.name: engine for engine in (pxc.ENGINE, ps.ENGINE, psmdb.ENGINE, pg.ENGINE)}
)
