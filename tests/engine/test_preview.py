"""`dbaas preview` on the real engine: its steps in words of databases, whole, failed half-way and cut off."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s
import pytest
from typer.testing import CliRunner

from dbaas_components import ManagedDatabase
from dbaas_components.cli.app import build_app
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.preview.judging import judge
from dbaas_components.diff.preview.reading import read_preview
from tests.engine.preview_stack import PreviewStack, Recording, stack_in
from tests.engine.provider_stack import Program
from tests.steps.test_databases import kubeconfig

__all__ = ["kubeconfig"]

pytestmark = [pytest.mark.engine, pytest.mark.steps]

ARGS: dict[str, Any] = {
    "engine": "pxc",
    "profile": "dev",
    "storage": "20Gi",
    "replicas": 3,
    "deletion_protection": False,
}
SECRET = "a-password-that-nobody-may-see"


def program(
    namespace: str, fails: bool = False, secret: str = SECRET, secrets_name: str = "one", **changed: Any
) -> Program:
    def body() -> None:
        place = k8s.core.v1.Namespace("place", metadata={"name": namespace})
        k8s.core.v1.Secret(
            "password",
            metadata={"name": f"password-{secrets_name}", "namespace": namespace},
            string_data={"password": pulumi.Output.secret(secret)},
            opts=pulumi.ResourceOptions(depends_on=[place]),
        )
        database = ManagedDatabase(
            "orders",
            cast("Any", {**ARGS, "namespace": namespace, **changed}),
            pulumi.ResourceOptions(depends_on=[place]),
        )
        if fails:
            k8s.core.v1.Service(
                "refused",
                metadata={"name": "Not A Name", "namespace": namespace},
                spec={"ports": [{"port": 80}]},
                opts=pulumi.ResourceOptions(depends_on=[database]),
            )

    return body


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"preview-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, engine: Path, kubeconfig: Path, namespace: str
) -> Iterator[PreviewStack]:
    stack = stack_in(tmp_path_factory.mktemp("preview"), engine, kubeconfig)
    stack.up(program(namespace))
    yield stack
    stack.destroy()


def told(recording: Recording, folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """What the command makes of a recording."""
    file = folder / "preview.json"
    file.write_text(recording.text)
    result = CliRunner().invoke(
        build_app(), ["preview", "--project", str(folder), "--from", str(file), "--format", "json", *more]
    )
    assert result.exit_code in (0, *range(10, 18)), result.output
    return result.exit_code, json.loads(result.stdout)


def effects(report: dict[str, Any]) -> dict[str, str]:
    return {change["path"] or f"{change['kind']} {change['object']}": change["class"] for change in report["changes"]}


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_nothing_to_do_is_no_change_and_passes(
    stack: PreviewStack, namespace: str, tmp_path: Path, streamed: bool
) -> None:
    code, report = told(stack.record(program(namespace), streamed=streamed), tmp_path)
    assert (code, report["changes"]) == (0, [])
    assert report["engine"]["incomplete"] == []
    assert bool(report["notes"]) != streamed


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_an_update_is_told_in_words_of_databases(
    stack: PreviewStack, namespace: str, tmp_path: Path, streamed: bool
) -> None:
    recording = stack.record(program(namespace, storage="30Gi"), streamed=streamed)
    code, report = told(recording, tmp_path)
    path = "spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage"
    (change,) = [one for one in report["changes"] if one["path"] == path]
    assert (change["database"], change["class"], change["old"], change["new"]) == ("orders", "online", "20Gi", "30Gi")
    assert code == 0
    assert report["engine"]["disagreements"] == []


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_a_replacement_has_the_engines_reason_and_is_refused(
    stack: PreviewStack, namespace: str, tmp_path: Path, streamed: bool
) -> None:
    code, report = told(stack.record(program(namespace, secrets_name="two"), streamed=streamed), tmp_path)
    (change,) = [one for one in report["changes"] if one["kind"] == "Secret"]
    assert change["path"] == "metadata.name"
    assert change["class"] == "replace"
    assert "the engine replaces it because of" in change["happens"]
    assert "metadata" in change["happens"].split("because of")[1]
    assert code == report["verdict"]["exit_code"] == 16


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_a_deletion_of_a_database_is_loss_of_data(
    stack: PreviewStack, namespace: str, tmp_path: Path, streamed: bool
) -> None:
    def empty() -> None:
        k8s.core.v1.Namespace("place", metadata={"name": namespace})

    code, report = told(stack.record(empty, streamed=streamed), tmp_path)
    assert code == report["verdict"]["exit_code"] == 17
    assert effects(report)["PerconaXtraDBCluster orders"] == "data-loss"


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_a_changed_secret_is_seen_and_never_shown(
    stack: PreviewStack, namespace: str, tmp_path: Path, streamed: bool
) -> None:
    other = "another-password-that-nobody-may-see"
    recording = stack.record(program(namespace, secret=other), streamed=streamed)
    assert SECRET not in recording.text
    code, report = told(recording, tmp_path)
    (change,) = [one for one in report["changes"] if one["kind"] == "Secret"]
    assert change["class"] == "rolling-restart"
    assert code == 0
    assert any("sees no difference" in one for one in report["engine"]["disagreements"])
    assert SECRET not in json.dumps(report)
    assert other not in json.dumps(report)


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_a_preview_that_fails_half_way_tells_what_it_knows_and_is_refused(
    stack: PreviewStack, namespace: str, tmp_path: Path, streamed: bool
) -> None:
    recording = stack.record(program(namespace, fails=True, storage="30Gi"), streamed=streamed)
    assert recording.code == 1
    code, report = told(recording, tmp_path)
    assert code == 10
    assert report["engine"]["incomplete"]
    assert report["engine"]["errors"]
    assert "spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage" in effects(report)


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "digest"])
def test_output_that_is_cut_off_anywhere_is_never_taken_for_a_whole_preview(
    stack: PreviewStack, namespace: str, streamed: bool
) -> None:
    text = stack.record(program(namespace, secrets_name="two"), streamed=streamed).text
    whole = judge(read_preview(text))
    assert max(one.effect for one in whole.changes) == Effect.REPLACE
    known, last = 0, len(text.rstrip()) - 1
    # The end of a line is the one place where nothing of what is there looks cut.
    ends = [at for at, letter in enumerate(text[:last]) if letter == "\n"]
    for length in sorted({*range(0, last, max(len(text) // 60, 1)), *ends[:: max(len(ends) // 200, 1)], *ends[-20:]}):
        preview = read_preview(text[:length])
        assert not preview.complete
        known = max(known, len(judge(preview).changes))
    assert known >= 1
