"""What can be said of settings of which some have not the right form: of the others everything that does not follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from dbaas_components.errors import Problem

NOBODY = {"owner": "nobody", "cost_centre": "none", "environment": "none"}
"""Stands for an ownership that is missing or wrong, which has no default. Nothing is made of it."""


def document_in_part(
    model: type[BaseModel], known: Mapping[str, Any], wrong: Collection[str], regions: Sequence[str]
) -> Any:
    """The settings without the keys that are wrong; regions by their names alone, where they are among these.

    None where not even that can be read.
    """
    right = {name: value for name, value in known.items() if name not in wrong}
    if "ownership" in wrong:
        right["ownership"] = NOBODY
    if "regions" in wrong:
        right["regions"] = tuple({"name": name} for name in dict.fromkeys(regions))
    try:
        return model.model_validate(right)
    except ValidationError:
        return None


def not_following(problems: Sequence[Problem], wrong: Collection[str]) -> list[Problem]:
    """Problems without those of keys that are wrong themselves, of which no more is to be said."""
    return [one for one in problems if one.path.partition(":")[2].partition(".")[0].partition("[")[0] not in wrong]
