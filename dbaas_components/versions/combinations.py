"""Which versions of charts and operators are known to work together. What is not known to is refused.

A combination enters this table when the tests of this library passed with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dbaas_components.errors import Problem, one_of
from dbaas_components.versions.charts import CHARTS

KNOWN_GOOD: Final[tuple[Mapping[str, str], ...]] = ({name: pin.version for name, pin in CHARTS.items()},)
"""Chart name to chart version, newest combination first."""


def combination_problems(chosen: Mapping[str, str], path: str = "versions") -> list[Problem]:
    """What is wrong with a choice of chart versions (`{"vault": "0.34.1"}`); charts that are not named are free.

    Refused: a chart that this library does not know, a version that no known combination has, and versions that are
    each known but were never tried together.
    """
    problems: list[Problem] = []
    known: dict[str, str] = {}
    for chart, version in chosen.items():
        if chart not in CHARTS:
            problems.append(Problem(f"{path}.{chart}", f"is not a chart of the platform; {one_of(chart, CHARTS)}"))
            continue
        versions = {combination[chart] for combination in KNOWN_GOOD if chart in combination}
        if version not in versions:
            message = f'"{version}" is in no known-good combination; {one_of(version, versions)}'
            problems.append(Problem(f"{path}.{chart}", message))
        else:
            known[chart] = version
    if not any(all(one.get(chart) == version for chart, version in known.items()) for one in KNOWN_GOOD):
        newest = ", ".join(f"{chart} {KNOWN_GOOD[0][chart]}" for chart in known)
        problems.append(Problem(path, f"these were never tried together; the newest known-good combination: {newest}"))
    return problems
