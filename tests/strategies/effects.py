"""Which fields of the specification do something: with them, other objects come out than without them."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from dbaas_components.databases.composition import compose
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import owned_paths
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from tests.strategies import arguments, space_of
from tests.strategies.generating import each, exists
from tests.strategies.places import given_values, variants
from tests.strategies.space import Arguments

_AT_FIRST = 80
_TRIES = 60
_PARSED_NEVER, _CHANGES_NOTHING = "never parsed", "changes nothing"


def idle_fields(engine: str) -> dict[str, str]:
    """Fields of which no generated specification shows an effect, and why: `never parsed` or `changes nothing`."""
    space = space_of(engine)
    leaves = [path for path in space.choices if space.places[path].kind == "leaf" and path not in space.constants]
    left = dict.fromkeys(leaves, _PARSED_NEVER)

    def shows(found: Arguments, path: str, *values: Any) -> bool:
        """Whether these arguments show an effect of a field that they give."""
        outcome = _outcome(found)
        if outcome is None:
            return False
        left[path] = _CHANGES_NOTHING
        changed = [other for one in variants(found, path, *values) if (other := _outcome(one)) is not None]
        if not changed and values and space.places[path].required and "." in path:
            # It cannot be another alone, nor its part be without it: what the part does, it does.
            part = re.sub(r"(\[\]|\{\})$", "", path.rpartition(".")[0])
            changed = [other for one in variants(found, part) if (other := _outcome(one)) is not None]
        return any(other != outcome for other in changed)

    def see(found: Arguments) -> None:
        for path in {place.path for place, _ in given_values(found)} & left.keys():
            if shows(found, path):
                del left[path]

    each(arguments(space), _AT_FIRST, see)
    for index, path in enumerate(list(left)):
        wanted = st.tuples(arguments(space, wanted=[path]), space.values(path))

        def holds(drawn: tuple[Arguments, Any], path: str = path) -> bool:
            found, value = drawn
            return _gives(found, path) and shows(found, path, value)

        if exists(wanted, _TRIES, holds, start=index):
            del left[path]
    return left


def _gives(found: Arguments, path: str) -> bool:
    return any(place.path == path for place, _ in given_values(found))


def _outcome(found: Arguments) -> str | None:
    """Everything that is registered for arguments, as text; None where they do not parse."""
    try:
        spec = parse_database(found["name"], found)
    except SpecError:
        return None
    left_alone = owned_paths(spec.engine, {*ENGINES[spec.engine].features(spec), *spec.maintenance.handed_over})
    return json.dumps([compose(spec).manifests(), left_alone], sort_keys=True)
