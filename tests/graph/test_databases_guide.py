"""docs/databases.md: its code runs as printed, and its tables say what the library's tables say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.managed import DatabaseOutputs, ManagedDatabaseArgs
from dbaas_components.databases.sizes import PROFILES
from dbaas_components.databases.spec import parse_database
from dbaas_components.evaluate import evaluate

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "databases.md").read_text()


def programs() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)


def rows() -> dict[str, list[str]]:
    """The cells of every table row by its first one."""
    lines = [line.strip("|").split("|") for line in GUIDE.splitlines() if line.startswith("| `")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


def test_the_first_program_exports_what_its_comments_say(tmp_path):
    (tmp_path / "__main__.py").write_text(programs()[0])
    comments = re.findall(r'export\("(\w+)".*# (\S+)', programs()[0])
    assert comments
    assert evaluate(tmp_path).exports == dict(comments)


def test_the_second_program_orders_the_database_after_its_definition(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_definitions(tmp_path / "crds")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "__main__.py").write_text(programs()[1])
    graph = evaluate(tmp_path)
    before = {resource.urn for resource in graph.dependency_closure(graph.one("ManagedDatabase"))}
    assert {definition.urn for definition in graph.all("CustomResourceDefinition")} <= before


def test_every_output_is_described():
    described = set(re.findall(r"`(\w+)`", " ".join(rows())))
    assert set(DatabaseOutputs.__annotations__) <= described


def test_every_argument_that_is_named_exists():
    named = {
        cell.strip("`") for cell in rows() if cell.strip("`") in GUIDE.split("## The words")[1].split("| profile |")[0]
    }
    assert {"engine", "namespace", "storage", "deletion_protection"} <= named & set(ManagedDatabaseArgs.__annotations__)


def test_the_backup_example_is_accepted():
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)
    spec = parse_database("orders", {"engine": "ps", "namespace": "shop", **yaml.safe_load(example)})
    assert [schedule.type for schedule in spec.backup.schedules] == ["full", "incremental"]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_the_table_of_engines_is_right(engine):
    _, operator, versions, _ = rows()[f"`{engine.name}`"]
    assert operator == engine.versions.operator
    others = [version for version in engine.versions.series if version != engine.versions.default]
    assert versions.split(", ") == [engine.versions.default, *others]
    assert re.search(
        rf"\b{engine.name_limit.characters}(?: characters for)? `{engine.name}`", " ".join(rows()["`name`"])
    )


@pytest.mark.parametrize("name", PROFILES)
def test_the_table_of_profiles_is_right(name):
    profile = PROFILES[name]
    replicas, proxies, storage, protected, _, _ = rows()[f"`{name}`"]
    assert (replicas, storage) == (str(profile.replicas), profile.storage)
    assert proxies.startswith(str(profile.proxies))
    assert protected == ("yes" if profile.deletion_protection else "no")
