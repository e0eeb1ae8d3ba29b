"""Every engine's custom resource in every profile, as a person reviews it; and one database as it is registered."""

from __future__ import annotations

import pytest
import yaml

from dbaas_components import ManagedDatabase
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.databases.spec import parse_database
from dbaas_components.evaluate import evaluate
from tests.snapshots.conftest import GOLDEN


def file_name(engine: str, profile: str) -> str:
    return f"{engine}-{profile}.yaml"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_custom_resource_is_the_reviewed_one(engine, profile, golden):
    spec = parse_database("orders", {"engine": engine, "namespace": "shop", "profile": profile})
    golden(file_name(engine, profile), yaml.safe_dump(ENGINES[engine].render(spec), sort_keys=False))


def test_the_registered_resources_are_the_reviewed_ones(golden):
    def program() -> None:
        for engine in ENGINES:
            ManagedDatabase(f"orders-{engine}", {"engine": engine, "namespace": "shop", "profile": "dev"})

    golden("registered.txt", evaluate(program).text())


def test_no_golden_file_is_left_over():
    expected = {file_name(engine, profile) for engine in ENGINES for profile in PROFILES} | {"registered.txt"}
    assert {path.name for path in GOLDEN.iterdir()} == expected
