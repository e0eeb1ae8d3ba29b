"""The wheel holds the library alone, and the library alone does what the README says of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[2]
_UV = _PROJECT / ".venv" / "tool" / "bin" / "uv"
# A new interpreter that sees the unpacked wheel and the installed packages. The project itself is installed as a link
# to its folder, which only `site` follows; without `site` it cannot be imported.
_START = """
import sys
sys.path[:0] = [{wheel!r}]
sys.path += {packages!r}
import dbaas_components
assert dbaas_components.__file__.startswith({wheel!r}), dbaas_components.__file__
"""


def built(folder: Path, kind: str, source: Path) -> Path:
    """The only file that uv makes of the source, `--wheel` or `--sdist`."""
    if not _UV.is_file():
        pytest.skip("nothing can be built: make setup has not put uv into .venv/tool")
    command = [str(_UV), "build", kind, "--offline", "--out-dir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 and "network" in done.stderr and "hatchling" in done.stderr:
        pytest.skip("nothing can be built offline: uv has not kept the build backend hatchling")
    assert done.returncode == 0, done.stderr
    (found,) = folder.glob("dbaas_components-*")
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"), "--wheel", _PROJECT)


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment of its own with the wheel and what that asks for, in the locked versions."""
    folder = tmp_path_factory.mktemp("clean")

    def uv(*arguments: str) -> str:
        done = subprocess.run([str(_UV), *arguments], cwd=_PROJECT, capture_output=True, text=True, check=False)
        if done.returncode != 0 and re.search("network|connect|fetch|offline", done.stderr):
            pytest.skip(f"what the wheel asks for is not to be had here: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
        return done.stdout

    locked = folder / "locked.txt"
    locked.write_text(uv("export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "-q"))
    uv("venv", "-q", "--python", sys.executable, str(folder / "venv"))
    uv("pip", "install", "-q", "--python", str(folder / "venv"), "-c", str(locked), str(wheel))
    return folder / "venv" / "bin"


def in_clean(clean: Path, folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    path = f"{clean}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(clean / program), *arguments],
        cwd=folder,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def unpacked(wheel: Path) -> Path:
    folder = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def readme_example(word: str) -> str:
    blocks = re.findall(r"^```python\n(.*?)^```$", (_PROJECT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE)
    return next(block for block in blocks if word in block)


def run(unpacked: Path, folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The code in an interpreter of its own, in `folder`, with the wheel instead of the project."""
    packages = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    start = _START.format(wheel=str(unpacked), packages=packages)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-S", "-c", start + code, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def dbaas(unpacked: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from dbaas_components.cli import main\nsys.argv[0] = 'dbaas'\nmain()\n"
    return run(unpacked, folder, code, *arguments)


@pytest.mark.slow
def test_the_wheel_holds_the_library_its_type_marker_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    own = {name for name in names if name.startswith("dbaas_components/")}
    others = {name.partition("/")[0] for name in names if name not in own}
    assert len(others) == 1
    assert re.fullmatch(r"dbaas_components-[0-9.]+\.dist-info", others.pop())
    assert "dbaas_components/py.typed" in own
    modules = {str(path.relative_to(_PROJECT)) for path in (_PROJECT / "dbaas_components").rglob("*.py")}
    assert {name for name in own if name.endswith(".py")} == modules
    image = {name for name in own if Path(name).parent == Path("dbaas_components/dr/agent/image")}
    assert {Path(name).suffix for name in own - image} <= {".py", ".typed", ".yaml"}
    # What the agent's image is built from goes with the code that it holds.
    assert {Path(name).name for name in image} == {"Containerfile", "requirements.txt"}
    # What charts know of values, what a change does to a database, example prices, and no other data.
    data = {str(Path(name).parent) for name in own if name.endswith(".yaml")}
    assert data == {
        "dbaas_components/bootstrap/charts/known",
        "dbaas_components/cost/examples",
        "dbaas_components/diff/effects",
    }


def test_the_wheel_gives_the_command(unpacked: Path) -> None:
    (entry_points,) = unpacked.glob("*.dist-info/entry_points.txt")
    assert entry_points.read_text().split("\n")[:2] == ["[console_scripts]", "dbaas = dbaas_components.cli:main"]


def test_the_project_itself_is_out_of_reach_of_these_tests(unpacked: Path, tmp_path: Path) -> None:
    done = run(unpacked, tmp_path, "import embedded")
    assert "No module named 'embedded'" in done.stderr


@pytest.mark.slow
def test_render_writes_a_product_teams_stack(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(readme_example("pulumi.export"))
    done = dbaas(unpacked, tmp_path, "render", "--stack", "dev", "-o", "out")
    assert done.returncode == 0, done.stderr
    (manifest,) = (tmp_path / "out").rglob("*.yaml")
    assert manifest.name == "001-perconapgcluster-shop-orders.yaml"


@pytest.mark.slow
def test_the_commands_that_need_a_checkout_are_not_offered(unpacked: Path, tmp_path: Path) -> None:
    done = dbaas(unpacked, tmp_path, "up")
    assert done.returncode == 2
    assert "No such command 'up'" in done.stderr


@pytest.mark.slow
def test_the_evaluation_example_runs(unpacked: Path, tmp_path: Path) -> None:
    done = run(unpacked, tmp_path, readme_example("evaluate("))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_readmes_stack_is_written_by_the_command_of_a_clean_environment(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(readme_example("pulumi.export"))
    done = in_clean(clean, tmp_path, "dbaas", "render", "--stack", "dev", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "out").rglob("*.yaml")] == ["001-perconapgcluster-shop-orders.yaml"]
    done = in_clean(clean, tmp_path, "python", "-c", readme_example("evaluate("))
    assert done.returncode == 0, done.stderr


_TEAM = """
import sys
from pathlib import Path
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate
exports = {"contract_version": int(sys.argv[1]), "platform": {"eu-west-1": {
    "storage_tiers": {"medium": "dbaas-medium"}, "operator_namespaces": {"pg": ["pg-operator"]}, "issuers": {},
}}}
config = {"platform": "acme/dbaas/prod", "region": "eu-west-1"}
try:
    references = {"acme/dbaas/prod": exports}
    graph = evaluate(Path.cwd(), project="shop", stack="prod", config=config, stack_references=references)
except SpecError as error:
    sys.exit(str(error))
print(graph.one("PerconaPGCluster").inputs["metadata"]["name"], *sorted(graph.exports))
"""


@pytest.mark.slow
def test_the_teams_example_runs_in_a_folder_of_its_own_with_the_wheel_alone(clean: Path, tmp_path: Path) -> None:
    shutil.copytree(_PROJECT / "stacks" / "team_example", tmp_path / "shop")
    done = in_clean(clean, tmp_path / "shop", "python", "-c", _TEAM, "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["orders", "credentials", "write"]
    done = in_clean(clean, tmp_path / "shop", "python", "-c", _TEAM, "0")
    assert done.returncode == 1
    assert "contract_version: 0 is too old, at least 1 is needed" in done.stderr


@pytest.mark.slow
def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    source = built(tmp_path / "source", "--sdist", _PROJECT)
    again = built(tmp_path / "wheel", "--wheel", source)
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())
