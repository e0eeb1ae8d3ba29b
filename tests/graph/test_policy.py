"""`dbaas check` and `assert_policy` over real programs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

from dbaas_components import ManagedDatabase, ManagedDatabaseArgs
from dbaas_components.bootstrap import definition_sources
from dbaas_components.cli import app as cli
from dbaas_components.cli import plan
from dbaas_components.evaluate import evaluate
from dbaas_components.policy import PolicyError, Waiver, assert_policy
from dbaas_components.policy.pages import rules_page
from dbaas_components.policy.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
BUCKET = '{"main": {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}}'
BACKED_UP = f"""
from dbaas_components import ManagedDatabase
print("a program may print")
ManagedDatabase("orders", {{
    "engine": "pxc", "namespace": "shop", "backup": {{"storages": {BUCKET}}},
    "owner": "payments", "environment": "production",
}})
"""
UNSAVED = """
from dbaas_components import ManagedDatabase
ManagedDatabase("orders", {"engine": "pxc", "namespace": "shop"})
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(BACKED_UP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def database(arguments: dict[str, Any]) -> None:
    ManagedDatabase("orders", cast("ManagedDatabaseArgs", arguments))


def dbaas(*arguments: str) -> Result:
    return CliRunner().invoke(cli.build_app(), ["check", *arguments])


def waive(project: Path, **fields: str) -> None:
    entry = {"rule": "backups/enabled", "resource": "shop/orders", "reason": "a copy", "expires": "2999-01-01"} | fields
    (project / ".dbaas").mkdir(exist_ok=True)
    lines = "".join(f"    {key}: {value}\n" for key, value in entry.items())
    (project / ".dbaas" / "waivers.yaml").write_text(f"waivers:\n  -\n{lines}")


def test_a_program_that_keeps_the_rules_passes_and_warnings_are_told(project: Path) -> None:
    result = dbaas("--stack", "dev")
    assert result.exit_code == 0, result.output
    assert "warning dev: PerconaXtraDBCluster shop/orders" in result.stdout
    assert "0 errors" in result.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_repositorys_own_stacks_break_no_rule(monkeypatch: pytest.MonkeyPatch, stack: str) -> None:
    monkeypatch.chdir(ROOT)
    result = dbaas("--stack", stack)
    assert result.exit_code == 0, result.output
    assert f"{stack}: 0 errors" in result.stdout.splitlines()[-1]


def test_an_error_ends_with_exit_code_1_and_says_rule_and_fix(project: Path) -> None:
    (project / "__main__.py").write_text(UNSAVED)
    result = dbaas()
    assert result.exit_code == 1
    assert "error   dev: PerconaXtraDBCluster shop/orders spec.backup: there are no backups" in result.stdout
    assert "add `backup.storages`" in result.stdout


def test_a_waiver_lets_the_program_pass_and_is_told(project: Path) -> None:
    (project / "__main__.py").write_text(UNSAVED.replace('"shop"', '"shop", "owner": "a", "environment": "b"'))
    waive(project)
    result = dbaas()
    assert result.exit_code == 0, result.output
    assert "waived  dev: backups/enabled for shop/orders, until 2999-01-01: a copy" in result.stdout


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"expires": "2020-01-01"}, "is over since 2020-01-01"),
        ({}, "excuses nothing"),
        ({"stack": "prod"}, 'the stack "prod", which the project does not have'),
        ({"rule": "backups/none"}, "is no rule"),
    ],
)
def test_a_waiver_that_is_wrong_is_an_error(project: Path, fields: dict[str, str], message: str) -> None:
    waive(project, **fields)
    result = dbaas()
    assert result.exit_code == 1
    assert message in result.output


def test_json_is_alone_on_standard_output_and_complete(project: Path) -> None:
    (project / "__main__.py").write_text(UNSAVED + "\nprint('noise')\n")
    result = dbaas("--format", "json")
    found = json.loads(result.stdout)["stacks"][0]
    assert found["stack"] == "dev"
    assert found["passed"] is False
    gating = [one for one in found["findings"] if one["gates"]]
    assert gating[0] | {"urn": "", "place": "", "reason": "", "fix": ""} == {
        "rule": "backups/enabled",
        "severity": "error",
        "gates": True,
        "type": "kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster",
        "resource": "shop/orders",
        "owner": None,
        "urn": "",
        "place": "",
        "path": "spec.backup",
        "message": "there are no backups: none are on, or they have no storage to go to",
        "reason": "",
        "fix": "",
        "waiver": None,
    }


def test_sarif_has_what_the_standard_requires_and_points_at_the_program(project: Path) -> None:
    """The parts that SARIF 2.1.0 requires, and that GitHub needs to show a result."""
    (project / "__main__.py").write_text(UNSAVED)
    waive(project, rule="ownership/owner")
    assert dbaas("--format", "sarif", "--output", "out/check.sarif").exit_code == 1
    document = json.loads((project / "out" / "check.sarif").read_text())
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert len({rule["id"] for rule in rules}) == len(rules) == len(RULES) + 1
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"]
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "__main__.py"
        assert physical["region"]["startLine"] == 3
        assert len(result["partialFingerprints"]["finding/v1"]) == 32
    suppressed = [one for one in run["results"] if "suppressions" in one]
    assert [one["ruleId"] for one in suppressed] == ["ownership/owner"]
    assert suppressed[0]["suppressions"][0]["justification"] == "a copy"


def test_markdown_escapes_what_comes_from_the_program(project: Path) -> None:
    (project / "__main__.py").write_text(
        "import pulumi_kubernetes as k8s\n"
        "k8s.core.v1.ConfigMap('x', metadata={'name': 'a|<b>@team'}, data={'url': 'mysql://app:hunter2@db/shop'})\n"
    )
    result = dbaas("--format", "markdown")
    assert result.exit_code == 1
    assert "a&#124;&#60;b&#62;&#64;team" in result.stdout
    assert "hunter2" not in result.stdout


@pytest.mark.slow
def test_rendered_manifests_and_a_saved_graph_give_the_findings_of_the_stack(project: Path) -> None:
    (project / "__main__.py").write_text(UNSAVED)
    assert CliRunner().invoke(cli.build_app(), ["render", "-s", "dev", "-o", "rendered"]).exit_code == 0
    (project / "graph.yaml").write_text(evaluate(project, project="shop").text())
    errors = []
    # What `dbaas diff --save` writes, in which secrets and options have another form.
    assert CliRunner().invoke(cli.build_app(), ["diff", ".", "-s", "dev", "--save", "graph.json"]).exit_code == 0
    for arguments in ((), ("rendered",), ("graph.yaml",), ("graph.json",)):
        report = json.loads(dbaas(*arguments, "--format", "json").stdout)["stacks"][0]
        errors.append({(one["rule"], one["resource"]) for one in report["findings"]})
    assert errors[0]
    assert all(one == errors[0] for one in errors)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "neither a folder nor a file"),
        (("Pulumi.yaml",), "is no saved graph"),
        ((".", "--stack", "dev"), "name one of them"),
        (("--stack", "live"), "has no Pulumi.live.yaml"),
        (("--waivers", "nowhere.yaml"), "is no file"),
        (("--rules", "--format", "sarif"), "SARIF is for what was found"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_one_message(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = dbaas(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert message in result.stderr


def test_a_promise_that_the_schedule_cannot_keep_is_found() -> None:
    storage = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}
    arguments = {
        "engine": "pxc",
        "namespace": "shop",
        "owner": "payments",
        "environment": "production",
        "backup": {"storages": {"main": storage}, "pitr": {"enabled": False}},
    }
    graph = evaluate(lambda: database(arguments))
    assert_policy(graph, objectives={"shop/orders": timedelta(hours=24)})
    with pytest.raises(PolicyError, match="backups/objective-reachable"):
        assert_policy(graph, objectives={"shop/orders": timedelta(hours=1)})


def test_the_helper_for_tests_lists_every_breach_with_its_fix_and_takes_waivers() -> None:
    arguments = {"engine": "pg", "namespace": "shop", "deletion_protection": False}
    graph = evaluate(lambda: database(arguments))
    with pytest.raises(PolicyError) as failed:
        assert_policy(graph)
    assert "protection/database: PerconaPGCluster shop/orders: is not protected" in str(failed.value)
    assert "fix: leave `deletion_protection` on" in str(failed.value)
    rules = [rule for rule in RULES if rule.id == "protection/database"]
    waiver = Waiver("protection/database", "shop/orders", "a copy", date(2027, 1, 1))
    assert_policy(graph, rules=rules, waivers=[waiver], today=date(2027, 1, 1))
    with pytest.raises(PolicyError, match="is over since"):
        assert_policy(graph, rules=rules, waivers=[waiver], today=date(2027, 1, 2))


def test_a_graph_of_nothing_does_not_pass() -> None:
    with pytest.raises(PolicyError, match="no resource to check"):
        assert_policy(evaluate(lambda: None))


@pytest.mark.parametrize("engine", ["pg", "ps", "psmdb", "pxc"])
@pytest.mark.parametrize("profile", ["dev", "standard", "critical"])
def test_what_the_library_makes_of_each_profile_breaks_no_rule_of_its_own(engine: str, profile: str) -> None:
    """Of a database with backups in a bucket; a rule that no database can keep would be found here."""
    storage = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}
    backup = {"storages": {"main": storage}, **({"pitr": {}} if profile == "critical" else {})}
    if engine == "ps" and profile == "critical":
        backup["pitr"] = {"storage": "main"}
    arguments = {
        "engine": engine,
        "namespace": "shop",
        "profile": profile,
        "owner": "payments",
        "environment": "production",
        "backup": backup,
    }
    assert_policy(evaluate(lambda: database(arguments)))


@pytest.mark.parametrize("example", sorted(path.parent.name for path in (ROOT / "examples").glob("*/__main__.py")))
def test_the_examples_break_no_rule_but_those_that_they_leave_to_the_reader(example: str) -> None:
    """Who answers for a database an example cannot know; one of them shows encryption alone, without backups."""
    left = {"ownership/owner"} | (
        {"backups/enabled", "backups/point-in-time"} if example == "mysql-encrypted" else set()
    )
    assert_policy(evaluate(ROOT / "examples" / example), rules=[rule for rule in RULES if rule.id not in left])


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    assert (ROOT / "docs" / "policy-rules.md").read_text() == rules_page(RULES)


@pytest.mark.slow
def test_a_stack_is_checked_without_definitions_where_none_are_here_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fetched(*_: object, **__: object) -> None:
        pytest.fail("a check has fetched something")

    monkeypatch.setattr(definition_sources.urllib.request, "urlopen", fetched)
    monkeypatch.setattr(plan, "definitions_beside", lambda _project: None)
    monkeypatch.setattr(plan, "cached_definitions", lambda: tmp_path / "nothing")
    result = dbaas("--stack", "dev", "--project", str(ROOT), "--format", "json")
    assert result.exit_code == 0, result.output
    (checked,) = json.loads(result.stdout)["stacks"]
    assert checked["resources"] > 20
    assert "dev: Checked without definitions: 10 files of them are not on this machine, and a check" in result.stderr
