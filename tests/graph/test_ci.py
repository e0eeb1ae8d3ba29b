"""The files for CI: their steps run in a scratch repository. What linters say is in `test_ci_linters.py`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.diff import isolation

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
CI = PROJECT / "ci"
PROGRAM = """
from dbaas_components import ManagedDatabase
storage = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}
ManagedDatabase("orders", {
    "engine": "pxc", "namespace": "shop", "replicas": REPLICAS, "backup": {"storages": {"main": storage}},
    "owner": "payments", "environment": "production",
})
"""


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def git(folder: Path, *arguments: str) -> str:
    done = run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`main` with a database, and the branch `change` with two replicas more and a branch name that is a command."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(PROGRAM.replace("REPLICAS", "3"))
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "three")
    git(folder, "checkout", "-q", "-b", "change;touch${IFS}pwned")
    (folder / "__main__.py").write_text(PROGRAM.replace("REPLICAS", "5"))
    git(folder, "commit", "-q", "-am", "five")
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with `dbaas`, as an installation puts it there."""
    return dbaas_in(tmp_path / "bin", "")


@pytest.fixture
def tools_without_spaces(tmp_path: Path) -> Path:
    """The same on a runner that allows no user namespaces."""
    text = Path(isolation.__file__).read_text()
    doctored = text.replace("if libc.unshare(everything) != 0:", "if True:")
    assert doctored != text
    launcher = tmp_path / "launcher.py"
    launcher.write_text(doctored)
    names = "from pathlib import Path\nfrom dbaas_components.diff import evaluating"
    return dbaas_in(tmp_path / "bin-without-spaces", f"{names}\nevaluating._LAUNCHER = Path({str(launcher)!r})")


def dbaas_in(folder: Path, before: str) -> Path:
    folder.mkdir()
    program = folder / "dbaas"
    code = f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{before}\nfrom dbaas_components.cli import main; main()"
    # A graph that was evaluated elsewhere must not answer here.
    cache = f"export XDG_CACHE_HOME={shlex.quote(str(folder / 'cache'))}"
    program.write_text(f'#!/bin/sh\n{cache}\nexec {shlex.quote(sys.executable)} -P -c {shlex.quote(code)} "$@"\n')
    program.chmod(0o755)
    return folder


def action() -> dict[str, Any]:
    return yaml.safe_load((CI / "github" / "action.yml").read_text())


def run_action(repository: Path, tools: Path, **inputs: str) -> tuple[int, str, dict[str, str]]:
    """The composite action's steps, as GitHub runs them: exit code, what was printed, outputs."""
    described = action()
    values = {name: one.get("default", "") for name, one in described["inputs"].items()} | inputs
    outputs_file, summary = tools / "outputs", tools / "summary"
    for file in (outputs_file, summary):
        file.write_text("")
    said, outputs = "", dict[str, str]()
    for step in described["runs"]["steps"]:
        if step.get("if") == "inputs.package != ''" and not values["package"]:
            continue
        environment = {name: _filled(text, values, outputs) for name, text in step.get("env", {}).items()}
        done = run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            repository,
            PATH=f"{tools}{os.pathsep}{os.environ['PATH']}",
            GITHUB_OUTPUT=str(outputs_file),
            GITHUB_STEP_SUMMARY=str(summary),
            **environment,
        )
        said += done.stdout + done.stderr
        outputs = dict(line.split("=", 1) for line in outputs_file.read_text().splitlines())
        if done.returncode:
            return done.returncode, said, outputs
    return 0, said, outputs


def _filled(text: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    for name, value in inputs.items():
        text = text.replace(f"${{{{ inputs.{name} }}}}", value)
    for name in ("failed", "report", "sarif"):
        text = text.replace(f"${{{{ steps.report.outputs.{name} }}}}", outputs.get(name, ""))
    assert "${{" not in text
    return text


def test_the_action_reports_both_and_lets_a_harmless_change_through(repository: Path, tools: Path) -> None:
    branch = git(repository, "branch", "--show-current")
    code, said, outputs = run_action(repository, tools, base="main", head=branch, stack="prod")
    report = (repository / outputs["report"]).read_text()
    assert report.splitlines()[0] == "<!-- dbaas-diff -->"
    assert report.count("<!-- dbaas-diff -->") == 1
    assert "orders" in report
    assert "Policy: passed" in report
    assert json.loads((repository / outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert not (repository / "pwned").exists()
    assert (code == 0) == ("gate passed" in report), said


def test_a_breach_of_policy_fails_the_gate_and_is_in_the_report(repository: Path, tools: Path) -> None:
    (repository / "__main__.py").write_text(PROGRAM.replace("REPLICAS", "3").replace('"owner": "payments",', ""))
    git(repository, "commit", "-q", "-am", "nobody answers for it")
    code, said, outputs = run_action(repository, tools, base="main", stack="prod")
    assert code == 1
    assert "The gate does not let this change through" in said
    assert "ownership/owner" in (repository / outputs["report"]).read_text()


def test_a_program_that_fails_fails_the_gate_and_the_report_says_why(repository: Path, tools: Path) -> None:
    (repository / "__main__.py").write_text("import does_not_exist\n")
    git(repository, "commit", "-q", "-am", "broken")
    code, _, outputs = run_action(repository, tools, base="main", stack="prod")
    assert code == 1
    report = (repository / outputs["report"]).read_text()
    assert "not compared, gate **refused**" in report
    assert "does_not_exist" in report


def test_a_revision_that_is_not_there_fails_the_gate(repository: Path, tools: Path) -> None:
    code, _, _ = run_action(repository, tools, base="nowhere", stack="prod")
    assert code == 1


def test_a_runner_that_cannot_cut_programs_off_refuses_and_says_what_to_do(
    repository: Path, tools_without_spaces: Path
) -> None:
    code, said, outputs = run_action(repository, tools_without_spaces, base="main", stack="prod")
    assert code == 1
    assert "was not run: its program is NOT cut off" in said
    assert "what the input `isolation: none` gives up" in (repository / outputs["report"]).read_text()


def test_isolation_none_runs_there_all_the_same_and_says_what_is_not_protected(
    repository: Path, tools_without_spaces: Path
) -> None:
    code, said, outputs = run_action(repository, tools_without_spaces, base="main", stack="prod", isolation="none")
    assert code == 0, said
    assert "reach the network, read and write the runner's files and can forge this verdict" in said
    assert "NOT cut off" in (repository / outputs["report"]).read_text()


def test_another_word_for_isolation_runs_nothing(repository: Path, tools: Path) -> None:
    code, said, _ = run_action(repository, tools, base="main", stack="prod", isolation="off")
    assert code == 1
    assert "neither required nor none" in said


def test_what_a_program_says_is_no_command_to_the_runner(repository: Path, tools: Path) -> None:
    (repository / "__main__.py").write_text('raise RuntimeError("\\n::add-mask::a\\n::error::forged")\n')
    git(repository, "commit", "-q", "-am", "commands")
    code, said, _ = run_action(repository, tools, base="main", stack="prod")
    assert code == 1
    before, _, rest = said.partition("::stop-commands::")
    token, _, rest = rest.partition("\n")
    inside, end, _ = rest.partition(f"::{token}::")
    assert end
    assert "::error::forged" in inside
    assert "forged" not in before


def test_no_script_holds_an_expression_and_every_action_is_pinned_by_digest() -> None:
    for name in ("action.yml", "databases.yml", "databases-comment.yml"):
        text = (CI / "github" / name).read_text()
        content = yaml.safe_load(text)
        jobs = content.get("jobs", {"steps": content.get("runs")})
        for job in jobs.values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", ""), name
                uses = step.get("uses", "./")
                assert uses.startswith("./") or len(uses.partition("@")[2]) == 40, uses


def test_what_runs_the_change_may_only_read_and_what_may_write_runs_nothing_of_it() -> None:
    running = yaml.safe_load((CI / "github" / "databases.yml").read_text())
    assert running["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in running["jobs"].values())
    # YAML 1.1 takes the key `on` for a truth.
    assert "pull_request_target" not in running[True]
    writing = yaml.safe_load((CI / "github" / "databases-comment.yml").read_text())
    assert writing["permissions"] == {}
    assert writing["jobs"]["comment"]["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not any("checkout" in step.get("uses", "") for step in writing["jobs"]["comment"]["steps"])


@pytest.mark.parametrize(
    ("pulls", "comments", "method"),
    [
        ([{"number": 7, "head": {"sha": "abc"}}], [], "POST repos/o/r/issues/7/comments"),
        (
            [{"number": 7, "head": {"sha": "abc"}}],
            [
                {"id": 1, "user": {"login": "someone"}, "body": "<!-- dbaas-diff --> mine"},
                {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- dbaas-diff -->\nold"},
            ],
            "PATCH repos/o/r/issues/comments/2",
        ),
        ([{"number": 7, "head": {"sha": "newer"}}], [], None),
        ([], [], None),
    ],
)
def test_the_comment_is_written_once_and_then_updated(
    tmp_path: Path, pulls: list[Any], comments: list[Any], method: str | None
) -> None:
    if shutil.which("jq") is None:
        pytest.skip("no jq on this machine; GitHub's runners have it")
    (tmp_path / "dbaas-report").mkdir()
    (tmp_path / "dbaas-report" / "report.md").write_text("<!-- dbaas-diff -->\n$(touch pwned) `touch pwned`\n")
    (tmp_path / "pulls.json").write_text(json.dumps(pulls))
    (tmp_path / "comments.json").write_text(json.dumps(comments))
    gh = tmp_path / "gh"
    gh.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        '*"--method GET"*) cat pulls.json ;;\n'
        '*"--paginate"*) cat comments.json ;;\n'
        '*) echo "$3 $4" > written ;;\nesac\n'
    )
    gh.chmod(0o755)
    workflow = yaml.safe_load((CI / "github" / "databases-comment.yml").read_text())
    script = workflow["jobs"]["comment"]["steps"][-1]["run"]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    given = {"REPOSITORY": "o/r", "COMMIT": "abc", "OWNER": "fork", "BRANCH": "b", "PATH": path}
    done = run(["bash", "-c", script], tmp_path, **given)
    assert done.returncode == 0, done.stderr
    written = tmp_path / "written"
    assert (written.read_text().strip() if written.exists() else None) == method
    assert not (tmp_path / "pwned").exists()


def run_gitlab(repository: Path, tools: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    job = yaml.safe_load((CI / "gitlab" / "databases.gitlab-ci.yml").read_text())["databases"]
    given = {
        **job["variables"],
        "DBAAS_PACKAGE": "",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(repository, "rev-parse", "main"),
        "CI_COMMIT_SHA": git(repository, "rev-parse", "HEAD"),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        **variables,
    }
    # GitLab's runner joins the lines to one script that ends with the first line that fails.
    return run(["bash", "-c", "set -e\n" + "\n".join([*job["before_script"], *job["script"]])], repository, **given)


@pytest.mark.parametrize(
    ("isolation", "code", "words"),
    [("required", 1, "was not run"), ("none", 0, "can forge this verdict"), ("no", 1, "neither required nor none")],
)
def test_the_job_for_gitlab_says_where_programs_are_not_cut_off(
    repository: Path, tools_without_spaces: Path, isolation: str, code: int, words: str
) -> None:
    done = run_gitlab(repository, tools_without_spaces, DBAAS_ISOLATION=isolation)
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr


def test_the_job_for_gitlab_runs_and_leaves_its_reports(repository: Path, tools: Path) -> None:
    job = yaml.safe_load((CI / "gitlab" / "databases.gitlab-ci.yml").read_text())["databases"]
    assert job["artifacts"]["when"] == "always"
    (repository / "__main__.py").write_text(PROGRAM.replace("REPLICAS", "3").replace('"owner": "payments",', ""))
    git(repository, "commit", "-q", "-am", "nobody answers for it")
    done = run_gitlab(repository, tools)
    assert done.returncode == 1, done.stderr
    assert "ownership/owner" in done.stdout
    assert (repository / job["artifacts"]["reports"]["junit"]).read_text().startswith("<?xml")
    assert (repository / "dbaas-report" / "check.sarif").is_file()


def test_the_hook_for_pre_commit_runs_and_refuses(repository: Path, tools: Path) -> None:
    (hook,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    assert run(shlex.split(hook["entry"]), repository, PATH=path).returncode == 0
    (repository / "__main__.py").write_text(PROGRAM.replace("REPLICAS", "4"))
    done = run(shlex.split(hook["entry"]), repository, PATH=path)
    assert done.returncode == 1
    assert "replicas" in done.stdout + done.stderr
