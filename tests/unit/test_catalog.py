"""`dbaas catalog`, and docs/catalog.md that is made by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dbaas_components.cli import app as cli
from dbaas_components.cli.catalog_page import catalog_page, counts
from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.catalog import catalog
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.sizes import PROFILES, SIZES
from dbaas_components.errors import SpecError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "catalog.md"


def dbaas(*arguments: str) -> Result:
    return CliRunner().invoke(cli.build_app(), list(arguments))


def test_the_page_in_the_docs_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalog_page(catalog()), (
        "run: dbaas catalog --markdown > docs/catalog.md"
    )
    assert dbaas("catalog", "--markdown").output == catalog_page(catalog())


def test_every_capability_of_every_engine_is_told_with_its_operator_version_and_reason() -> None:
    rows = json.loads(dbaas("catalog", "--json").output)["capabilities"]
    assert {(row["capability"], row["engine"]) for row in rows} == {
        (capability.key, engine) for capability in CAPABILITIES for engine in ENGINES
    }
    assert {row["engine"]: row["operator_version"] for row in rows} == {
        name: engine.versions.operator for name, engine in ENGINES.items()
    }
    (issuer,) = [row for row in rows if row["capability"] == "tls.issuer.kind=ClusterIssuer" and row["engine"] == "ps"]
    assert issuer["available"] is False
    assert issuer["since"] == "1.3.0"
    assert "Issuer of that name" in issuer["because"]
    assert all(row["because"] for row in rows if not row["available"])
    assert not any(row["because"] for row in rows if row["available"])


def test_no_two_capabilities_are_one_and_each_is_missing_somewhere() -> None:
    keys = [capability.key for capability in CAPABILITIES]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
    assert [capability.key for capability in CAPABILITIES if not capability.missing] == []
    assert {engine for capability in CAPABILITIES for engine in capability.missing} <= set(ENGINES)


def test_versions_sizes_and_profiles_are_all_there() -> None:
    document = json.loads(dbaas("catalog", "--json").output)
    for told in document["engines"]:
        engine = ENGINES[told["name"]]
        assert told["versions"] == {name: dict(images) for name, images in engine.versions.series.items()}
        assert set(told["sizes"]) == set(SIZES[engine.name])
        assert told["replicas"] == list(engine.replicas.allowed)
    assert set(document["profiles"]) == set(PROFILES)
    assert document["profiles"]["dev"]["proxy"]["cpu"] == PROFILES["dev"].proxy.cpu


@pytest.mark.parametrize("engine", ENGINES)
def test_one_engine_alone_is_told_with_reasons(engine: str) -> None:
    result = dbaas("catalog", "--engine", engine)
    assert result.exit_code == 0, result.output
    assert all(row.missing[engine].because in result.output for row in CAPABILITIES if engine in row.missing)
    others = {other.kind for other in ENGINES.values() if other.name != engine}
    assert not [kind for kind in others if kind in result.output]


def test_an_unknown_engine_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(SpecError, match='"mongo" is not an engine; choose pg, ps, psmdb or pxc'):
        catalog("mongo")
    assert dbaas("catalog", "--engine", "mongo").exit_code == 1
    assert dbaas("catalog", "--json", "--markdown").exit_code == 2


def test_counts_are_told_in_words() -> None:
    assert [counts((3, 5)), counts((3, 5, 7)), counts((2, 3, 4)), counts((3,))] == [
        "3 or 5",
        "3, 5 or 7",
        "2 to 4",
        "3",
    ]
