"""The agent's image, as far as it can be tried without a container: what it installs, and that the program runs on it.

The steps of the Containerfile are carried out in an empty virtual environment, by the wheel's own files; what is not
shown here is the base image and the user.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from dbaas_components.dr.agent.component import FailoverAgentSpec, agent_plan
from dbaas_components.dr.agent.manifests import path_of, sources
from dbaas_components.dr.failover.document import parse_document
from tests.unit.dr_verbs.documents import OWNERSHIP, document

PROJECT = Path(__file__).resolve().parents[2]
IMAGE = Path("dbaas_components/dr/agent/image")
UV = PROJECT / ".venv" / "tool" / "bin" / "uv"


def test_what_the_image_installs_is_what_the_tests_ran_with() -> None:
    lock = tomllib.loads((PROJECT / "uv.lock").read_text())
    locked = {one["name"]: one.get("version") for one in lock["package"]}
    pinned = dict(line.split("==") for line in (PROJECT / IMAGE / "requirements.txt").read_text().split())
    assert pinned
    assert {name.lower(): version for name, version in pinned.items()} == {
        name.lower(): locked[name.lower()] for name in pinned
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment after the image's COPY and RUN; returns its interpreter."""
    if not UV.is_file():
        pytest.skip("nothing can be installed: make setup has not put uv into .venv/tool")
    folder = tmp_path_factory.mktemp("image")
    wheel = run(str(UV), "build", "--wheel", "--offline", "--out-dir", str(folder), str(PROJECT))
    if wheel.returncode and "hatchling" in wheel.stderr:
        pytest.skip("no wheel can be built offline: uv has not kept the build backend hatchling")
    assert wheel.returncode == 0, wheel.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "wheel")
    context = folder / "wheel" / IMAGE
    steps = re.findall(r"^(FROM|COPY|RUN|USER) (.*)$", (context / "Containerfile").read_text(), flags=re.MULTILINE)
    assert [name for name, _ in steps] == ["FROM", "COPY", "RUN", "USER"]
    copied, _, inside = steps[1][1].partition(" ")
    assert steps[2][1].startswith(f"pip install --no-cache-dir --requirement {inside}")
    environment = folder / "environment"
    made = run(str(UV), "venv", "--offline", "--python", sys.executable, str(environment))
    assert made.returncode == 0, made.stderr
    python = environment / "bin" / "python"
    # By uv in pip's place, which finds in its cache what `make setup` fetched.
    install = [str(UV), "pip", "install", "--python", str(python), "--requirement", str(context / copied)]
    done = run(*install, "--offline")
    if done.returncode:
        done = run(*install)
    if done.returncode and re.search(r"network|connect|dns|fetch", done.stderr, re.IGNORECASE):
        pytest.skip("the image's packages are neither in uv's cache nor to be had from here")
    assert done.returncode == 0, done.stderr
    return python


def run(*command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    """The folder that the pod mounts: the program and its configuration."""
    given = FailoverAgentSpec.model_validate(
        {
            "topology": document(),
            "region": "eu",
            "image": "registry.example.com/dbaas-dr-agent:0.1.0",
            "ownership": OWNERSHIP,
            "witness_secret": "witness",
        }
    )
    for key, text in sources().items():
        file = tmp_path / path_of(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    plan = agent_plan("orders-eu", given, parse_document(given.topology))
    (tmp_path / "agent.json").write_text(json.dumps(plan.configuration()))
    return tmp_path


@pytest.mark.slow
def test_the_program_runs_on_what_the_image_installs(built: Path, pod: Path) -> None:
    helped = run(str(built), "-m", "dbaas_components.dr.agent", "--help", folder=pod)
    assert helped.returncode == 0, helped.stderr
    assert "agent.json, as FailoverAgent writes it" in helped.stdout
    checked = run(str(built), "-m", "dbaas_components.dr.agent", "--check", "agent.json", folder=pod)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == "orders, region eu: the configuration is understood\n"


@pytest.mark.slow
def test_every_lease_finds_its_libraries_in_the_image(built: Path, pod: Path) -> None:
    code = (
        "from dbaas_components.dr.lease.s3_object import S3LeaseStore as S3\n"
        "from dbaas_components.dr.lease.gcs_object import GcsLeaseStore as Gcs\n"
        "from dbaas_components.dr.timing import LeaseTiming\n"
        "import dbaas_components.dr.lease.kubernetes_lease, kubernetes\n"
        "S3(bucket='b', key='k', timing=LeaseTiming(), client_options={'region_name': 'eu-west-1'})\n"
        "print(Gcs(bucket='b', key='k', timing=LeaseTiming()).place)\n"
    )
    done = run(str(built), "-c", code, folder=pod)
    assert (done.returncode, done.stdout) == (0, "gs://b/k\n"), done.stderr


@pytest.mark.slow
def test_without_its_cluster_the_program_ends_and_says_so(built: Path, pod: Path) -> None:
    done = run(str(built), "-m", "dbaas_components.dr.agent", "agent.json", folder=pod)
    assert done.returncode != 0
    assert "Service host/port is not set" in done.stderr
