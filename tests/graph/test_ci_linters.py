"""What the linters of GitHub's, GitLab's and pre-commit's own files say of those in `ci/`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOWS = ("databases.yml", "databases-comment.yml")
HOOKS = PROJECT / ".pre-commit-hooks.yaml"
JOB = PROJECT / "ci" / "gitlab" / "databases.gitlab-ci.yml"
GITHUB = PROJECT / "ci" / "github"
ACTIONLINT = "1.7.12"
# Long lines are shell, which a break would change.
YAML_RULES = "{extends: relaxed, rules: {line-length: disable}}"


def lint(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def installed(name: str) -> Path:
    """A linter of the development group."""
    program = Path(sys.executable).parent / name
    if not program.is_file():
        pytest.skip(f"no {name}: `make setup` installs it")
    return program


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The files where docs/ci.md has them copied to."""
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name in WORKFLOWS:
        shutil.copy(GITHUB / name, workflows)
    (tmp_path / "ci" / "github").mkdir(parents=True)
    shutil.copy(GITHUB / "action.yml", tmp_path / "ci" / "github")
    assert lint(tmp_path, "git", "init", "-q").returncode == 0
    return tmp_path


@pytest.fixture
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The linter, built once and kept."""
    folder = platformdirs.user_cache_path("dbaas-components") / "builds" / f"actionlint-{ACTIONLINT}"
    if not (folder / "actionlint").is_file():
        if shutil.which("go") is None:
            pytest.skip(f"no actionlint {ACTIONLINT}: Go is missing, which builds it")
        scratch = tmp_path_factory.mktemp("actionlint")
        module = f"github.com/rhysd/actionlint/cmd/actionlint@v{ACTIONLINT}"
        built = lint(scratch, "env", f"GOBIN={scratch}", "CGO_ENABLED=0", "go", "install", module)
        if built.returncode:
            pytest.skip(f"no actionlint {ACTIONLINT}: {built.stderr.strip().splitlines()[-1]}")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(scratch / "actionlint", folder / ".unfinished")
        (folder / ".unfinished").replace(folder / "actionlint")
    return folder / "actionlint"


def test_actionlint_has_nothing_to_say(repository: Path, actionlint: Path) -> None:
    done = lint(repository, actionlint, "-no-color")
    assert done.returncode == 0, done.stdout


def test_actionlint_finds_a_branch_name_in_a_script(repository: Path, actionlint: Path) -> None:
    workflow = repository / ".github" / "workflows" / "databases.yml"
    workflow.write_text(workflow.read_text() + "      - run: echo ${{ github.event.pull_request.head.ref }}\n")
    done = lint(repository, actionlint, "-no-color")
    assert "is potentially untrusted" in done.stdout


def test_zizmor_finds_nothing_insecure_even_when_it_is_pedantic(repository: Path) -> None:
    done = lint(repository, installed("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", ".")
    assert done.returncode == 0, done.stdout
    # The trigger `workflow_run`, and the action of the repository itself; the files say why beside them.
    assert "No findings to report. Good job! (2 ignored)" in done.stdout


def test_zizmor_finds_an_action_that_is_not_pinned(repository: Path) -> None:
    workflow = repository / ".github" / "workflows" / "databases.yml"
    workflow.write_text(workflow.read_text() + "      - uses: actions/cache@v4\n")
    done = lint(repository, installed("zizmor"), "--offline", "--no-progress", ".")
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", [GITHUB / name for name in WORKFLOWS]),
        ("github-actions", [GITHUB / "action.yml"]),
        ("gitlab-ci", [JOB]),
    ],
)
def test_the_files_keep_to_the_published_schemas(tmp_path: Path, schema: str, files: list[Path]) -> None:
    command = [installed("check-jsonschema"), "--builtin-schema", f"vendor.{schema}"]
    transform = ["--data-transform", "gitlab-ci", "--regex-variant", "nonunicode"] if schema == "gitlab-ci" else []
    done = lint(tmp_path, *command, *transform, *files)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(re.sub(r"(runs-on|using|stage): \S+", r"\1: 7", files[0].read_text()))
    assert lint(tmp_path, *command, *transform, wrong).returncode == 1


def test_pre_commit_takes_the_hook(tmp_path: Path) -> None:
    program = installed("pre-commit")
    done = lint(tmp_path, program, "validate-manifest", HOOKS)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "hooks.yaml"
    wrong.write_text(HOOKS.read_text().replace("  entry:", "  entree:"))
    assert lint(tmp_path, program, "validate-manifest", wrong).returncode == 1


def test_yamllint_has_nothing_to_say() -> None:
    files = [PROJECT / "ci", HOOKS, PROJECT / "plugin" / "examples", PROJECT / "stacks" / "team_example"]
    done = lint(PROJECT, installed("yamllint"), "--strict", "-d", YAML_RULES, *files)
    assert done.returncode == 0, done.stdout
