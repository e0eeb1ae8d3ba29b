"""The examples of ps are complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.spec.database import DatabaseSpec
from tests.unit.ps.examples import FULL
from tests.unit.ps.rendered import PS


def paths(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """The path of every single field below a model; a list or mapping counts as what it holds."""
    for name, field in model.model_fields.items():
        here = f"{path}.{name}" if path else name
        below = model_in(field.annotation)
        yield from paths(below, here) if below else [here]


def model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := model_in(argument))), None)


def used(value: Any, path: str = "") -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for key, below in value.items():
            yield from used(below, f"{path}.{key}" if path else key)
            # A mapping's own keys are no fields.
            yield from used(below, path)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from used(below, path)


NOT_OURS = {
    "name": "given beside the arguments",
    "adopt": "of how the object comes into a stack, and not of what it says",
    "data_source.overwrite": "leave for the engine's hook, and nothing that is rendered",
    "backup.storages.size": "of volumes, which are refused by their type",
    "backup.storages.claim": "of volumes, which are refused by their type",
    "orchestrator.pods.readiness": "refused: the operator sets that probe",
    "orchestrator.pods.liveness": "refused: the operator sets that probe",
}


def test_the_examples_touch_every_field_that_this_engine_takes():
    touched = {path for args in FULL.values() for path in used(args)}
    refused = {
        capability.path.replace("[]", "").replace("{}", "")
        for capability in CAPABILITIES
        if capability.value is None and PS.name in capability.missing
    }
    left = [
        path
        for path in paths(DatabaseSpec)
        if path not in touched
        and not any(path == other or path.startswith(f"{other}.") for other in {*refused, *NOT_OURS})
    ]
    assert left == []
