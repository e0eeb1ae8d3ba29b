"""Prints how many generated arguments parse, and what the others are refused for: `python -m tests.strategies`."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from tests.strategies import arguments, space_of
from tests.strategies.generating import each
from tests.strategies.space import Arguments

_SHOWN = 40


def _report(engine: str, count: int) -> None:
    reasons: Counter[str] = Counter()
    outcome: Counter[str] = Counter()

    def see(given_arguments: Arguments) -> None:
        outcome["drawn"] += 1
        try:
            parse_database("orders", given_arguments)
        except SpecError as error:
            for problem in error.problems:
                path = re.sub(r"\[\d+\]", "[]", problem.path)
                path = re.sub(r"storages\.[^.]+", "storages{}", path)
                reason = f"{path}: {re.sub(r'^.*?(?=[a-z]{3})', '', problem.message)[:110]}"
                reasons[reason] += 1
        else:
            outcome["parsed"] += 1

    start = time.monotonic()
    each(arguments(space_of(engine)), count, see)
    took = time.monotonic() - start
    drawn, parsed = outcome["drawn"], outcome["parsed"]
    print(f"{engine}: {parsed} of {drawn} parse, {parsed / drawn:.0%}; {took / drawn * 1000:.0f} ms each")
    for reason, times in reasons.most_common(_SHOWN):
        print(f"  {times:4} {reason}")


if __name__ == "__main__":
    for name in sys.argv[1:] or ENGINES:
        _report(name, 300)
