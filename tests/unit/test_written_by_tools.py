"""What tools write from the specification is written from the specification that is there."""

from __future__ import annotations

import re

import pytest

from dbaas_components.databases.arguments import ManagedDatabaseArgs
from dbaas_components.databases.spec import DatabaseSpec
from tools import write_arguments, write_specification

pytestmark = pytest.mark.slow


def test_the_arguments_are_those_of_the_specification():
    written = re.sub(r"\s+", " ", write_arguments.arguments_source())
    assert re.sub(r"\s+", " ", write_arguments.TARGET.read_text()) == written, "run python -m tools.write_arguments"
    assert set(ManagedDatabaseArgs.__annotations__) == set(DatabaseSpec.model_fields)


def test_the_page_of_the_specification_has_every_field():
    assert write_specification.TARGET.read_text() == write_specification.page(), (
        "run python -m tools.write_specification"
    )
    for field in DatabaseSpec.model_fields:
        assert f"| `{field}` |" in write_specification.page()
