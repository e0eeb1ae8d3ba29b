"""`dbaas diff` where a side is a folder that `dbaas render` wrote: whole, broken and hostile ones."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from typer.testing import CliRunner

from dbaas_components import ManagedDatabase
from dbaas_components.cli.app import build_app
from dbaas_components.cli.render import write
from dbaas_components.diff.classes import Effect
from dbaas_components.evaluate import evaluate
from dbaas_components.manifests import render

pytestmark = pytest.mark.slow

PROGRAM = """
import pulumi
from dbaas_components import ManagedDatabase
ManagedDatabase("orders", {{"engine": "pg", "namespace": "shop", "storage": {{"size": "{}"}}}})
pulumi.CustomResource("aws:s3/bucket:Bucket", "backups", {{"bucket": "backups"}})
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(folder: Path, size: str = "10Gi", version: str = "3.0.0", also: Callable[[], Any] = lambda: None) -> Path:
    """A render of one database and its operator's chart."""

    def program() -> None:
        ManagedDatabase("orders", {"engine": "pg", "namespace": "shop", "storage": {"size": size}})
        chart = {"chart": "pg-operator", "version": version, "namespace": "operators", "values": {"replicas": 1}}
        pulumi.CustomResource("kubernetes:helm.sh/v3:Release", "operator", chart)
        also()

    write(render(evaluate(program)), folder)
    return folder


def manifest(folder: Path) -> Path:
    found = [path for path in folder.glob("*/3-objects/*.yaml") if "perconapgcluster" in path.name]
    assert len(found) == 1
    return found[0]


def said(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), ["diff", *map(str, arguments)], terminal_width=4000)
    return done.exit_code, done.output


def report(*arguments: object) -> Any:
    code, text = said(*arguments, "--format", "json")
    assert code != 1, text
    return json.loads(text)


def lines(found: Any) -> set[tuple[str, str | None, str]]:
    return {(one["kind"], one["path"], one["class"]) for one in found["changes"]}


def test_two_renders_are_compared_in_words_of_databases(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head", size="5Gi", version="3.1.0")
    code, text = said(base, head)
    assert code == 10 + Effect.REPLACE
    assert "shop/orders" in text or "orders" in text
    assert "smaller" in text or "5Gi" in text
    assert "two renders are compared" in text


def test_a_new_version_of_a_chart_is_told_to_its_databases(tmp_path: Path) -> None:
    found = report(made(tmp_path / "base"), made(tmp_path / "head", version="3.1.0"))
    assert ("PerconaPGCluster", "operator operator", "online") in lines(found)
    assert ("Release", "version", "online") in lines(found)


def test_a_render_is_no_change_to_itself(tmp_path: Path) -> None:
    assert report(made(tmp_path / "base"), made(tmp_path / "head"))["changes"] == []


def test_a_render_of_a_revision_is_compared_with_the_folder(tmp_path: Path) -> None:
    folder = made(tmp_path / "repository" / "clusters")
    git = ["git", "-C", str(folder.parent), "-c", "user.name=ann", "-c", "user.email=ann@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    manifest(folder).unlink()
    made(folder, size="20Gi")
    found = report("HEAD", "--project", folder)
    assert {one["class"] for one in found["changes"]} == {"online"}
    assert "render, revision" in found["base"]["origin"]


def test_a_render_is_compared_with_a_program_in_what_both_show(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("config: {}\n")
    (project / "__main__.py").write_text(PROGRAM.format("20Gi"))

    def database() -> None:
        ManagedDatabase("orders", {"engine": "pg", "namespace": "shop", "storage": {"size": "10Gi"}})

    write(render(evaluate(database)), tmp_path / "render")
    found = report(tmp_path / "render", project, "--without-isolation")
    assert {one["class"] for one in found["changes"]} == {"online"}
    notes = [note for note in found["notes"] if note.startswith("left out on both sides")]
    assert len(notes) == 1
    assert "(1 of its resources)" in notes[0]


def test_a_manifest_that_is_missing_or_broken_is_told_in_one_sentence(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head")
    path = manifest(head)
    text, place = path.read_text(), path.relative_to(head)
    for content, expected in (
        (None, f"{place} is missing, and .dbaas-render lists it; restore it, or render anew"),
        (f"{text}bad: [", f"{place}, line {text.count(chr(10)) + 1}: did not find expected node content"),
        (text.replace("kind: PerconaPGCluster\n", ""), f"{place}, line 1: the object has no kind; write one"),
        ("- 1\n", f"{place}, line 1: is no object of Kubernetes"),
        (f"{text}---\n{text}", f"{place}, line {text.count(chr(10)) + 2}: is the same object as in {place}"),
        ("a: &a 1\nb: *a\n", f"{place}, line 2: the alias 'a' is not read"),
        ("a: 1\na: 2\n", f"{place}, line 2: the key 'a' is there twice"),
        (text.replace("spec:\n", "spec: []\nx:\n"), f"{place}, line 1: the object's spec is no mapping"),
        (f"{text}x: .nan\n", f"{place}, line 1: the object that begins here has the number nan"),
        ("[" * 200_000, f"{place}, line 1: is nested more than 100 levels deep"),
        ("- " * 200_000, f"{place}, line 1: is nested more than 100 levels deep"),
    ):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        code, output = said(base, head)
        assert code == 1, output
        assert f'"{head}" cannot be read: {expected}' in output.replace("\n", " ").replace("  ", " "), output


def test_no_link_is_followed_and_no_pipe_waited_for(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head")
    path = manifest(head)
    path.unlink()
    path.symlink_to(manifest(base))
    assert "is a symbolic link, which is not followed" in said(base, head)[1]
    path.unlink()
    os.mkfifo(path)
    assert "is no plain file" in said(base, head)[1]
    path.unlink()
    manifest(base).rename(path)
    (head / "elsewhere").symlink_to(base, target_is_directory=True)
    assert "elsewhere is a symbolic link" in said(head, head)[1]


def test_a_list_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head")
    with (head / ".dbaas-render").open("a") as file:
        file.write("../base/x\x1b[2J.yaml\n")
    code, output = said(base, head)
    assert code == 1
    assert "which is outside of the folder" in output
    assert "\x1b[2J" not in output


def test_what_somebody_put_beside_the_manifests_counts_and_secrets_stay_secret(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head")
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "by-hand"}, "spec": {}}
    for folder, value in ((base, "b2xkLXBhc3N3b3Jk"), (head, "bmV3LXBhc3N3b3Jk")):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": value}}
        (manifest(folder).parent / "secret.yaml").write_text(yaml.safe_dump(secret))
    (manifest(base).parent / "claim.yml").write_text(yaml.safe_dump(claim))
    (head / "kustomization.yaml").write_text("resources: []\n")
    code, text = said(base, head)
    assert code == 10 + Effect.DATA_LOSS
    assert "by-hand" in text
    assert "b2xk" not in text
    assert "bmV3" not in text
    assert "1 other files of YAML or JSON, such as kustomization.yaml" in text
    assert ("Secret", "data.k", "rolling-restart") in lines(report(base, head))


def test_values_of_which_nobody_knows_the_chart_are_refused(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head")
    (base / "charts.yaml").unlink()
    listed = (base / ".dbaas-render").read_text().replace("charts.yaml\n", "")
    (base / ".dbaas-render").write_text(listed)
    assert "are values of a chart that charts.yaml does not name; render anew" in said(base, head)[1]


def test_manifests_that_no_render_wrote_are_refused_with_what_to_do(tmp_path: Path) -> None:
    plain, head = tmp_path / "plain", made(tmp_path / "head")
    plain.mkdir()
    (plain / "a.yaml").write_text(manifest(head).read_text())
    code, output = said(plain, head)
    assert code == 1
    assert "is neither a project (no Pulumi.yaml) nor a render (no .dbaas-render" in output
    assert "Traceback" not in output


def test_a_render_is_not_saved_again(tmp_path: Path) -> None:
    code, output = said(made(tmp_path / "base"), "--save", tmp_path / "graph.json")
    assert code == 1
    assert "is a render already" in output


def test_an_object_that_goes_to_another_cluster_is_lost_in_the_first(tmp_path: Path) -> None:
    base, head = made(tmp_path / "base"), made(tmp_path / "head")
    path = manifest(head)
    (head / "west" / "3-objects").mkdir(parents=True)
    path.rename(head / "west" / "3-objects" / path.name)
    list_of_files = head / ".dbaas-render"
    list_of_files.write_text(list_of_files.read_text().replace(f"default/3-objects/{path.name}", ""))
    assert ("PerconaPGCluster", None, "data-loss") in lines(report(base, head))
