"""`pulumi package add` as a newcomer runs it, with Pulumi's own language hosts where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.long]

PROJECT = Path(__file__).resolve().parents[2]
LIBRARY = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "dbaas_components", "plugin")
COMPILE = {"typescript": ["npx", "--no-install", "tsc", "--noEmit"], "go": ["go", "vet", "./..."]}
HOSTS = {"typescript": "nodejs", "go": "go"}


@pytest.mark.parametrize("example", ["typescript", "go"])
def test_a_package_is_added_and_its_sdk_compiles(example: str, tmp_path: Path, engine: Path) -> None:
    for host in ("python", HOSTS[example]):
        if shutil.which(f"pulumi-language-{host}") is None:
            pytest.skip(f"no pulumi-language-{host} on PATH: it comes with an installed Pulumi")
    checkout, program = tmp_path / "dbaas-components", tmp_path / "shop"
    checkout.mkdir()
    for name in LIBRARY:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=shutil.ignore_patterns("__pycache__", "venv"))
        else:
            shutil.copy(source, checkout / name)
    program.mkdir()
    for source in (PROJECT / "plugin" / "examples" / example).iterdir():
        if source.name in {"main.go", "index.ts", "package.json", "tsconfig.json"}:
            shutil.copy(source, program)
    (program / "Pulumi.yaml").write_text(f"name: shop\nruntime: {HOSTS[example]}\n")
    if example == "go":
        (program / "go.mod").write_text("module shop\n\ngo 1.26\n\nrequire github.com/pulumi/pulumi/sdk/v3 v3.230.0\n")
    # Not the environment of these tests: the host makes one for the plugin, with the library of that checkout.
    own = str(Path(sys.executable).parent)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment |= {
        "PATH": os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != own),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "CGO_ENABLED": "0",
    }

    def run(*command: str) -> None:
        done = subprocess.run(
            command, cwd=program, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"

    run(str(engine), "package", "add", "../dbaas-components/plugin")
    run(*COMPILE[example])
