"""`dbaas diff` from end to end: revisions, folders and saved graphs, exit codes, the cache, owners and operators."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from dbaas_components.cli.app import build_app
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.running import Options, build_report, save

pytestmark = pytest.mark.slow

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "diff.schema.json").read_text())
DATABASE = 'ManagedDatabase({name!r}, {{"engine": "pg", "namespace": "shop", "storage": {{"size": "{size}"}}{more}}})\n'

SECRET = """
pulumi.CustomResource(
    "kubernetes:core/v1:Secret", "s", {{"metadata": {{"name": "s"}}, "data": {{"k": pulumi.Output.secret("{}")}}}}
)
"""
CLAIM = """
pulumi.CustomResource("kubernetes:core/v1:PersistentVolumeClaim", {!r}, {{"metadata": {{"name": "c"}}}}{})
"""
APPROVAL = """
approvals:
- {database: shop/billing, change: removed, expires: 2999-01-01, by: ann, reason: "moved away"}
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def program(*databases: str, before: str = "") -> str:
    return "import pulumi\nfrom dbaas_components import ManagedDatabase\n" + before + "".join(databases)


def database(name: str = "orders", size: str = "10Gi", more: str = "") -> str:
    return DATABASE.format(name=name, size=size, more=more)


def project(folder: Path, text: str, policy: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(text)
    if policy is not None:
        (folder / ".dbaas").mkdir(exist_ok=True)
        (folder / ".dbaas" / "gate.yaml").write_text(policy)
    return folder


def options(folder: Path, **more: Any) -> Options:
    given = {"stack": "dev", "project": folder, "gate": None, "seconds": 100, "python": sys.executable, "cache": False}
    return Options(**{**given, **more})


def compared(tmp_path: Path, base: str, head: str) -> tuple[Change, ...]:
    sides = [str(project(tmp_path / name, text)) for name, text in (("base", base), ("head", head))]
    return build_report(sides[0], sides[1], options(tmp_path)).changes


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), ["diff", *arguments])


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_two_revisions_of_a_repository_are_compared_without_touching_its_files(tmp_path: Path) -> None:
    place = project(tmp_path / "repository" / "databases", program(database()))
    repository = place.parent
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    project(place, program(database(size="20Gi")))
    git(repository, "commit", "-q", "-a", "-m", "second")
    project(place, "not even python")
    report = build_report("HEAD~1", "HEAD", options(place))
    assert {change.path.rpartition(".")[2] for change in report.changes} == {"storage"}
    assert report.base.origin.startswith("revision ")
    assert (place / "__main__.py").read_text() == "not even python"


def test_a_saved_graph_stands_for_the_side_that_it_was_made_of(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(database()))
    head = project(tmp_path / "head", program(database(size="20Gi")))
    save(str(base), tmp_path / "base.json", options(tmp_path))
    whole = build_report(str(base), str(head), options(tmp_path))
    saved = build_report(str(tmp_path / "base.json"), str(head), options(tmp_path))
    assert saved.changes == whole.changes != ()


def test_what_is_secret_in_a_program_is_in_no_saved_graph(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(before=SECRET.format("hunter2")))
    save(str(base), tmp_path / "base.json", options(tmp_path))
    assert '"$secret": null' in (tmp_path / "base.json").read_text()
    assert "hunter2" not in (tmp_path / "base.json").read_text()


def test_a_secret_that_changes_is_told_and_kept_nowhere(tmp_path: Path) -> None:
    sides = [project(tmp_path / side, program(before=SECRET.format(f"hunter-{side}"))) for side in ("a", "b")]
    out = run(str(sides[0]), str(sides[1]), "--stack", "dev", "-f", "json").stdout
    assert json.loads(out)["verdict"]["counts"] == {"rolling-restart": 1}
    kept = [path.read_text() for path in (tmp_path / "cache").rglob("*.json")]
    assert len(kept) == 2
    assert all("hunter" not in text for text in (out, *kept))


def test_a_database_that_goes_is_lost_data_and_fails_the_gate(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(database(), database("billing")))
    head = project(tmp_path / "head", program(database()))
    result = run(str(base), str(head), "--stack", "dev", "-f", "json")
    assert result.exit_code == 17
    report = json.loads(result.stdout)
    jsonschema.validate(report, SCHEMA)
    lost = [change for change in report["changes"] if change["class"] == "data-loss"]
    assert {change["database"] for change in lost} == {"billing"}
    assert all(change["refused"] for change in lost)


def test_an_approval_in_the_repository_lets_exactly_that_change_through(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(database(), database("billing")))
    head = project(tmp_path / "head", program(database()), APPROVAL)
    result = run(str(base), str(head), "--stack", "dev")
    assert result.exit_code == 0, result.output
    assert "moved away" in result.stdout


def test_nothing_changes_between_a_program_and_itself(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(database()))
    result = run(str(base), str(base), "--stack", "dev")
    assert result.exit_code == 0
    assert "no change" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere", ".", "--stack", "dev"), 1, "neither a folder"),
        (("{base}", "{base}", "--stack", "other"), 1, "other"),
        (("{base}", "{base}", "--format", "pdf"), 2, "none of"),
        (("{base}/Pulumi.yaml", "{base}", "--stack", "dev"), 1, "no saved graph"),
        (("--upload-pack=x", "{base}"), 2, ""),
    ],
)
def test_wrong_usage_gets_one_message_and_its_code(tmp_path: Path, arguments: Any, code: int, words: str) -> None:
    base = project(tmp_path / "base", program())
    result = run(*(one.format(base=base) for one in arguments))
    assert result.exit_code == code
    assert words in result.output


def test_an_unchanged_side_comes_from_the_cache_and_gives_the_same_report(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(database()))
    head = project(tmp_path / "head", program(database(size="20Gi")))
    first = build_report(str(base), str(head), options(tmp_path, cache=True))
    project(head, program(database(size="30Gi")))
    second = build_report(str(base), str(head), options(tmp_path, cache=True))
    assert (first.base.cached, second.base.cached, second.head.cached) == (False, True, False)
    assert second.base.isolation == first.base.isolation
    assert {change.new for change in second.changes} == {"30Gi"} | {
        change.new for change in second.changes if "repos" in change.path
    }


def test_a_graph_is_found_again_by_content_and_not_by_what_else_its_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, beside = project(tmp_path / "base", program(before=CLAIM.format("one", ""))), tmp_path / "charts"
    beside.mkdir()
    (beside / "values.yaml").write_text("a: 1\n")

    def cached(**more: Any) -> bool:
        given = {"cache": True, "readable": (beside,), **more}
        return build_report(str(base), str(base), options(tmp_path, **given)).base.cached

    assert not cached()
    for path in (*base.iterdir(), beside / "values.yaml"):
        os.utime(path, (1, 1))
    assert cached(), "files with other times, as after an installation or a checkout"
    (beside / "values.yaml").write_text("a: 2\n")
    assert not cached(), "another file in a folder that the program may read"
    assert cached()
    (tmp_path / "cache" / "dbaas-components" / "graphs" / "key").unlink()
    assert not cached(), "secrets under another key would all look changed"
    monkeypatch.setattr("dbaas_components.diff.running.installed", lambda _python: ("other==1",))
    assert not cached(), "other packages"


def test_a_database_that_was_renamed_with_an_alias_is_the_same_resource(tmp_path: Path) -> None:
    alias = ', pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])'
    before, after = program(before=CLAIM.format("old", "")), program(before=CLAIM.format("new", alias))
    assert compared(tmp_path, before, after) == ()
    without = compared(tmp_path / "without", before, program(before=CLAIM.format("new", "")))
    assert max(change.effect for change in without) == Effect.DATA_LOSS


def test_changes_are_told_by_tenant_and_database(tmp_path: Path) -> None:
    owned = ', "tenant": "blue"'
    base = program(database(more=owned), database("billing"))
    head = program(database(more=owned, size="20Gi"), database("billing", size="20Gi"))
    owners = {(change.owner.tenant, change.owner.database) for change in compared(tmp_path, base, head)}
    assert {name for _, name in owners} == {"orders", "billing"}
    assert ("blue", "orders") in owners


def test_protection_that_is_taken_off_is_less_protection(tmp_path: Path) -> None:
    base, head = (program(database(more=f', "deletion_protection": {on}')) for on in (True, False))
    changes = compared(tmp_path, base, head)
    assert {change.effect for change in changes} == {Effect.LESS_PROTECTION}


@pytest.mark.parametrize("form", ["json", "junit", "markdown"])
def test_a_side_that_cannot_be_evaluated_is_in_the_report_that_was_asked_for(tmp_path: Path, form: str) -> None:
    base, head = project(tmp_path / "base", "x ="), project(tmp_path / "head", "import nowhere_at_all")
    report = tmp_path / "report"
    result = run(str(base), str(head), "--stack", "dev", "--no-cache", "-f", form, "-o", str(report))
    assert result.exit_code == 1
    text = report.read_text()
    assert "SyntaxError" in text, "the base's failure"
    assert "module" in text, "the head's failure"
    assert "dbaas-diff-" not in text, "a path that is another with every run"
    if form == "json":
        jsonschema.validate(json.loads(text), SCHEMA)
        assert json.loads(text)["verdict"] == {
            "passed": False, "exit_code": 1, "worst": None, "counts": {}, "policy": None, "problems": []
        }  # fmt: skip


def test_a_folder_that_looks_like_a_repository_is_none(tmp_path: Path) -> None:
    top = tmp_path / "top"
    inside = project(top / "inside", program())
    git(top, "init", "-q", "-b", "main")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "one")
    git(inside, "init", "-q", "--bare", "-b", "main", ".")
    places = ("--git-dir", str(inside), "--work-tree", str(top))
    git(top, *places, "commit", "-q", "--allow-empty", "-m", "a main of the change's own")
    (inside / "config").write_text("[core]\nrepositoryformatversion = 0\nbare = false\nworktree = ..\n")
    report = run("main", str(inside), "--project", str(inside), "--stack", "dev", "--no-cache")
    assert report.exit_code == 1
    assert "nor a revision of the repository" in report.output


def test_a_side_that_cannot_be_evaluated_is_named(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(database()))
    head = project(tmp_path / "head", program(database(size="much")))
    with pytest.raises(DiffError, match=r"head.*cannot be evaluated"):
        build_report(str(base), str(head), options(tmp_path))


def test_the_same_report_comes_out_every_time(tmp_path: Path) -> None:
    base = project(tmp_path / "base", program(*(database(f"db-{number}") for number in range(4))))
    head = project(tmp_path / "head", program(*(database(f"db-{number}", "20Gi") for number in range(4))))
    first, second = (run(str(base), str(head), "-s", "dev", "-f", "json", "--no-cache").stdout for _ in range(2))
    assert first == second
