"""Every field of the definitions of PXC and PS has a row in the tables, whether this library writes it or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.override_check import official_folder
from dbaas_components.diff.effects import tables
from dbaas_components.labels import STAND_IN

pytestmark = pytest.mark.slow


def leaves(schema: Mapping[str, Any], pattern: str, named: frozenset[str]) -> Iterator[str]:
    """Patterns of all fields that hold a value, as a change of them has it; a list of plain values is one field."""
    if schema.get("type") == "array":
        items = schema["items"]
        inner = list(leaves(items, f"{pattern}[*]", named))
        yield from [pattern] if inner == [f"{pattern}[*]"] else inner
    elif schema.get("properties"):
        for name, part in schema["properties"].items():
            yield from leaves(part, f"{pattern}.{name}", named)
    elif isinstance(part := schema.get("additionalProperties"), Mapping):
        yield from leaves(part, f"{pattern}[*]" if pattern in named else f"{pattern}.name", named)
    else:
        yield pattern


@pytest.mark.parametrize("engine", ["pxc", "ps"])
def test_no_field_of_the_definition_is_missing_in_the_tables(engine: str) -> None:
    folder = official_folder(ENGINES[engine])
    if folder is None:
        pytest.skip(f"the definitions of {engine} are not here: ../shared/crds, $DBAAS_CRDS or `make up` once")
    definition = next(
        one for one in read_bundle(folder, [engine]) if one["metadata"]["name"] == ENGINES[engine].definition_name
    )
    if STAND_IN in definition["metadata"].get("annotations", {}):
        pytest.skip("the definition here is a stand-in, which knows no more than this library")
    version = next(one for one in definition["spec"]["versions"] if one["storage"])
    table = tables()[definition["spec"]["names"]["kind"]]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    found = list(leaves(spec, "spec", table.named))
    assert len(found) > 1_000
    assert [pattern for pattern in found if table.row_of(pattern) is None] == []
