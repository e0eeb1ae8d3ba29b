"""Arguments of databases over the whole specification, for hypothesis: `arguments(space_of("pxc"))`.

Places and kinds of values come from the specification's models, minus what the table of capabilities denies an engine;
`common` and one file for each engine say what goes together.
"""

from __future__ import annotations

from functools import cache

from dbaas_components.databases.engines import ENGINES
from tests.strategies import pg, ps, psmdb, pxc
from tests.strategies.common import common_table
from tests.strategies.drawing import arguments
from tests.strategies.space import Space

__all__ = ["arguments", "space_of"]


@cache
def space_of(engine: str) -> Space:
    """All that an engine takes."""
    own = {"pxc": pxc.TABLE, "ps": ps.TABLE, "psmdb": psmdb.TABLE, "pg": pg.TABLE}
    return Space(engine, common_table(ENGINES[engine]), own[engine])
