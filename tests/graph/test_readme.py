"""The README's code runs, its configuration is accepted, and the error it shows is the one that is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
from stacks.settings import PROJECT_FOLDER, parse

README = (PROJECT_FOLDER / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_the_stack_of_a_product_team_registers_a_protected_database_and_exports_no_secret(tmp_path: Path) -> None:
    program = next(block for block in blocks("python") if "pulumi.export" in block)
    (tmp_path / "__main__.py").write_text(program)
    graph = evaluate(tmp_path)
    database = graph.one("PerconaPGCluster")
    assert database.protect
    assert database.inputs["metadata"]["namespace"] == "shop"
    assert graph.exports["credentials"].count("/") == 2
    assert set(graph.exports) == {"endpoint", "credentials"}


def test_the_evaluation_example_holds() -> None:
    example = next(block for block in blocks("python") if "evaluate(" in block)
    assert "assert" in example
    exec(compile(example, "README.md", "exec"), {})


def test_the_example_configuration_is_accepted() -> None:
    (configuration,) = blocks("yaml")
    settings = parse("dev", yaml.safe_load(configuration)["config"])
    assert settings.databases[0].spec.name == "orders"


def test_the_error_that_is_shown_is_the_one_that_is_printed() -> None:
    shown = next(block for block in blocks("text") if block.startswith("error:"))
    with pytest.raises(SpecError) as caught:
        parse(
            "dev",
            {
                "dbaas:regions": [{"name": "local"}],
                "dbaas:databases": [
                    {"name": "orders", "engine": "postgres", "namespace": "shop"},
                    {"name": "billing", "engine": "pxc", "namespace": "shop", "replicas": 4},
                ],
            },
        )
    assert f"error: {caught.value}\n" == shown


def test_the_table_that_is_shown_is_the_one_of_stack_dev() -> None:
    project = find_project(PROJECT_FOLDER)
    values = {**project.config("dev"), "dbaas:custom_resource_definitions": {"install": False}}
    config, _ = engine_config(values)
    databases = evaluate(project.program, project=project.name, stack="dev", config=config).exports["databases"]
    table = next(block for block in blocks("text") if block.startswith("name "))
    rows = {cells[0]: cells[1:] for cells in (line.split() for line in table.splitlines()[1:])}
    assert rows == {
        name: [
            database["namespace"],
            database["kind"],
            "accepted",
            database["write_endpoint"],
            database["credentials"],
        ]
        for name, database in databases.items()
    }


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (PROJECT_FOLDER / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", README)) | set(re.findall(r"^\$ make ([a-z-]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_document_that_is_linked_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (PROJECT_FOLDER / link).exists()] == []
