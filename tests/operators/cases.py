"""All databases that real operators are given; a new one is a row in its engine's table."""

from __future__ import annotations

from collections.abc import Mapping

from tests.operators.case import Case
from tests.operators.psmdb_cases import PSMDB_CASES
from tests.operators.pxc_cases import PXC_CASES

CASES: Mapping[str, Case] = {**PXC_CASES, **PSMDB_CASES}
