"""The policy pack in the real engine: an error stops a preview, a warning does not, a waiver lets it pass."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import pulumi_kubernetes as k8s
import pytest

from embedded.control_plane import Running
from tests.engine.provider_stack import Program, ProviderStack

pytestmark = [pytest.mark.engine, pytest.mark.api]

PROJECT = Path(__file__).resolve().parents[2]
PACK = PROJECT / "policy_pack"
_UV = PROJECT / ".venv" / "tool" / "bin" / "uv"


@pytest.fixture(scope="module")
def pack_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack's own environment, as docs/policy.md makes it. Skips where no package index answers."""
    folder = tmp_path_factory.mktemp("pack") / "venv"
    venv.create(folder, with_pip=not _UV.is_file())
    python = folder / "bin" / "python"
    wanted = [line for line in (PACK / "requirements.txt").read_text().splitlines() if line.startswith("pulumi-policy")]
    # uv, which `make setup` puts there, takes seconds where pip takes minutes.
    pip = (
        [str(_UV), "pip", "install", "--python", str(python)]
        if _UV.is_file()
        else [str(python), "-m", "pip", "install"]
    )
    install = [*pip, "-q", *wanted, str(PROJECT)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=160)
    if done.returncode:
        pytest.skip(f"the pack's packages cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    return python


@pytest.fixture
def stack(tmp_path: Path, engine: Path, control_plane: Running, pack_python: Path) -> ProviderStack:
    waivers = tmp_path / "waivers.yaml"
    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig, DBAAS_WAIVERS=str(waivers))
    # What an engine with Pulumi's language plugin for Python does by itself; the built one has none.
    launcher = tmp_path / "engine" / "bin" / "pulumi-analyzer-policy-python"
    launcher.write_text(f'#!/bin/sh\nexec "{pack_python}" -u -m pulumi.policy "$1" "$2"\n')
    launcher.chmod(0o755)
    return stack


def storage(encrypted: str) -> Program:
    def program() -> None:
        k8s.storage.v1.StorageClass(
            "fast",
            metadata={"name": "policy-pack-fast"},
            provisioner="ebs.csi.aws.com",
            allow_volume_expansion=True,
            parameters={"encrypted": encrypted},
        )

    return program


def refusal(stack: ProviderStack, program: Program) -> str:
    with pytest.raises(Exception, match="code: ") as refused:
        stack.preview(program, policy_packs=[str(PACK)])
    return str(refused.value)


def test_an_error_stops_the_preview_and_a_warning_is_told(stack: ProviderStack) -> None:
    output = refusal(stack, storage("false"))
    assert "encryption/volumes: StorageClass policy-pack-fast parameters.encrypted" in output
    assert "mandatory" in output
    assert "protection/volumes-kept: StorageClass policy-pack-fast reclaimPolicy" in output
    assert "advisory" in output


def test_a_program_that_keeps_the_rules_is_previewed(stack: ProviderStack) -> None:
    told = stack.preview(storage("true"), policy_packs=[str(PACK)])
    assert told.steps["fast"] == "create"


def test_a_waiver_lets_the_preview_pass(stack: ProviderStack, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(
        "waivers:\n  - rule: encryption/volumes\n    resource: policy-pack-fast\n"
        "    reason: a test\n    expires: 2999-01-01\n    stack: test\n"
    )
    told = stack.preview(storage("false"), policy_packs=[str(PACK)])
    assert told.steps["fast"] == "create"


def test_rules_over_the_whole_stack_run_at_its_end(stack: ProviderStack) -> None:
    def program() -> None:
        storage("true")()
        k8s.apiextensions.CustomResource(
            "orders",
            api_version="pxc.percona.com/v1",
            kind="PerconaXtraDBCluster",
            metadata={
                "name": "orders",
                "namespace": "shop",
                "labels": {"dbaas-components.io/profile": "critical"},
            },
            spec={},
        )

    assert "exposure/isolated: PerconaXtraDBCluster shop/orders" in refusal(stack, program)
