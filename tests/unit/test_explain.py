"""`dbaas explain`: what holds for a database, who chose it, and how it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from dbaas_components.bootstrap.definition_sources import definitions_beside
from dbaas_components.cli import app as cli
from dbaas_components.databases.capabilities import CAPABILITIES
from dbaas_components.databases.explanation import GROUPS, LATE_NAMESPACE, Explanation, description_of, explain
from dbaas_components.databases.layers import leaves
from dbaas_components.databases.registered import registered_databases
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.databases.spec.descriptions import descriptions_of
from dbaas_components.evaluate import evaluate

ORDERS: dict[str, Any] = {
    "engine": "pxc",
    "namespace": "shop",
    "profile": "critical",
    "storage": "200Gi",
    "users": [{"name": "app"}],
    "overrides": {"spec": {"pxc": {"runtimeClassName": None, "sstRetryCount": 3}}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  shop:size: medium\n")
    (folder / "__main__.py").write_text(
        "import pulumi\n"
        "from dbaas_components import KubernetesObject, ManagedDatabase\n"
        "place = KubernetesObject('place', {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop'}})\n"
        f"ManagedDatabase('orders', {{**{ORDERS!r}, 'size': pulumi.Config().require('size')}})\n"
        "ManagedDatabase('ledger', {'engine': 'pg', 'namespace': place.metadata['name']})\n"
    )
    monkeypatch.chdir(folder)
    return folder


def dbaas(*arguments: str) -> Result:
    return CliRunner().invoke(cli.build_app(), list(arguments))


def chosen_by(explanation: Explanation) -> dict[str, str]:
    return {value.path: value.source for value in explanation.values}


def test_every_value_says_who_chose_it() -> None:
    found = chosen_by(explain("orders", ORDERS))
    assert found["engine"] == "given"
    assert found["storage.size"] == "given"
    assert found["replicas"] == "profile critical"
    assert found["pods.resources.memory"] == "size small"
    assert found["proxy.type"] == "engine pxc"
    assert found["incarnation"] == "library"


def test_no_value_is_left_out_but_overrides_which_stand_apart_and_what_the_engine_does_not_have() -> None:
    explanation = explain("orders", ORDERS)
    told = {value.path: value.value for value in explanation.values}
    expected = parse_database("orders", ORDERS).model_dump(exclude_none=True)
    assert expected.pop("overrides") == ORDERS["overrides"]
    holding = dict(leaves(expected))
    assert told == {path: holding[path] for path in told}
    absent = {row.path for row in CAPABILITIES if "pxc" in row.missing}
    unsaid = {path for path in holding if path not in told}
    assert {path for path in unsaid if path not in absent and path.partition(".")[0] not in absent} == set()
    # Settings of PostgreSQL and MongoDB would only puzzle here.
    assert {"replica_set", "instance_set", "extensions"} <= unsaid
    assert explanation.overrides == {"spec.pxc.runtimeClassName": None, "spec.pxc.sstRetryCount": 3}


def test_groups_begin_at_fields_that_exist_in_the_specifications_order() -> None:
    fields = list(DatabaseSpec.model_fields)
    positions = [fields.index(field) for field in GROUPS]
    assert positions == sorted(positions)
    assert positions[0] == 0


def test_every_field_of_every_part_is_described() -> None:
    def parts(model: type[BaseModel]) -> set[type[BaseModel]]:
        below = [found for field in model.model_fields.values() for found in _models(field.annotation)]
        return {model}.union(*(parts(part) for part in below))

    undescribed = [
        f"{part.__name__}.{field}"
        for part in parts(DatabaseSpec)
        for field in part.model_fields
        if not descriptions_of(part).get(field)
    ]
    assert undescribed == []


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for one in getattr(annotation, "__args__", ()) for found in _models(one)]


def test_descriptions_are_found_through_mappings_and_not_for_keys_of_the_users_own() -> None:
    assert description_of("proxy.replicas") == "Pods of the proxy."
    assert "the container" in description_of("backup.storages.main.bucket")
    assert description_of("labels.team") == ""


def test_a_namespace_that_is_not_known_yet_is_said_to_be_so(project: Path) -> None:
    with registered_databases() as databases:
        evaluate(project, project="shop", config={"size": "small"})
    ledger = next(one for one in databases if one.name == "ledger")
    explanation = explain(ledger.name, ledger.arguments)
    assert {value.path: value.value for value in explanation.values}["namespace"] == LATE_NAMESPACE
    assert explanation.connections.credentials.startswith("<namespace>/")


def test_nobody_listens_to_an_ordinary_evaluation(project: Path) -> None:
    with registered_databases() as databases:
        pass
    evaluate(project, project="shop", config={"size": "small"})
    assert databases == []


def test_a_teams_own_program_is_explained_with_its_stacks_settings(project: Path) -> None:
    result = dbaas("explain", "orders", "--stack", "dev", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    sources = {value["path"]: (value["value"], value["source"]) for value in told["values"]}
    assert sources["size"] == ("medium", "given")
    assert sources["pods.resources.memory"] == ("8Gi", "size medium")
    assert told["connections"]["endpoints"]["write"] == "orders-haproxy.shop:3306"


def test_the_repositorys_own_stack_tells_given_values_from_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[2]
    if definitions_beside(root) is None:
        pytest.skip("the official CRDs are not beside the project, where its stacks look for them")
    monkeypatch.chdir(root)
    result = dbaas("explain", "orders", "-s", "dev", "--json")
    assert result.exit_code == 0, result.output
    sources = {value["path"]: value["source"] for value in json.loads(result.output)["values"]}
    assert sources["profile"] == "given"
    assert sources["replicas"] == "profile dev"


def test_in_a_pipe_a_line_is_a_value_whole_and_without_colours(project: Path) -> None:
    parameters = {"wsrep_provider_options": "gcache.size=1G; " * 20}
    spec = {"name": "orders", **ORDERS, "parameters": parameters}
    (project / "orders.yaml").write_text(yaml.safe_dump(spec))
    result = dbaas("explain", "--file", "orders.yaml")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert any(line.split() == ["storage.size", "given", "200Gi"] for line in lines)
    (long,) = [line for line in lines if "wsrep_provider_options" in line]
    assert long.count("gcache.size=1G") == 20
    assert "\x1b" not in result.output
    assert [line for line in lines if line != line.rstrip()] == []


def test_overrides_are_listed_as_off_the_paved_road(project: Path) -> None:
    result = dbaas("explain", "orders")
    after = result.output.partition("Off the paved road")[2].splitlines()
    assert any(line.split() == ["spec.pxc.runtimeClassName", "taken", "away"] for line in after)
    assert any(line.split() == ["spec.pxc.sstRetryCount", "3"] for line in after)
    assert "Off the paved road" not in dbaas("explain", "ledger").output


def test_render_lists_overrides_in_its_summary(project: Path) -> None:
    (project / "__main__.py").write_text(
        f"from dbaas_components import ManagedDatabase\nManagedDatabase('orders', {ORDERS!r})\n"
    )
    result = dbaas("render", "-s", "dev", "-o", "out")
    assert result.exit_code == 0, result.output
    assert "orders: spec.pxc.runtimeClassName, spec.pxc.sstRetryCount" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["explain", "ordres"], 1, 'did you mean "orders"?'),
        (["explain", "orders", "--stack", "prod"], 1, "choose dev"),
        (["explain"], 2, "name a database"),
        (["explain", "orders", "--stack", "dev", "--file", "x.yaml"], 2, "either --stack or --file"),
        (["explain", "--file", "nameless.yaml"], 1, "names no database"),
        (["explain", "--file", "wrong.yaml"], 1, "replicas 4 is even"),
        (["explain", "--file", "absent.yaml"], 1, "cannot be read"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_words(
    project: Path, arguments: list[str], code: int, said: str
) -> None:
    (project / "nameless.yaml").write_text("engine: pg\nnamespace: shop\n")
    (project / "wrong.yaml").write_text("name: a\nengine: pxc\nnamespace: shop\nreplicas: 4\n")
    result = dbaas(*arguments)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert isinstance(result.exception, SystemExit)


def test_several_stacks_are_not_chosen_among(project: Path) -> None:
    (project / "Pulumi.prod.yaml").write_text("config: {}\n")
    result = dbaas("explain", "orders")
    assert result.exit_code == 1
    assert "this project has dev, prod; name one with --stack" in result.stderr
