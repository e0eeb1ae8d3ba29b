"""The same finding wherever the resources come from, and what is not known yet is not held against anyone."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dbaas_components.errors import SpecError
from dbaas_components.evaluate.values import UNKNOWN
from dbaas_components.policy import Inventory
from dbaas_components.policy.backups import gap_of, kept_days
from dbaas_components.policy.escaping import markdown, plain
from dbaas_components.policy.fragments import database
from dbaas_components.policy.inventory import from_examples, from_folder
from dbaas_components.policy.rules import RULES
from dbaas_components.policy.saved_graph import from_saved_graph

MANIFEST = """
apiVersion: pxc.percona.com/v1
kind: PerconaXtraDBCluster
metadata: {name: orders, namespace: shop}
spec: {pause: true, unsafeFlags: {pxcSize: true}}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Secret, metadata: {name: root, namespace: shop}, stringData: {password: hunter2}}
"""


def found(inventory: Inventory) -> set[tuple[str, str]]:
    return {(rule.id, item.address) for rule in RULES for item, _ in rule.violations(inventory)}


def test_manifests_in_a_folder_are_checked_and_lists_are_unfolded(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "all.yml").write_text(MANIFEST)
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    breaches = found(from_folder(tmp_path))
    assert {("quorum/no-unsafe-flags", "shop/orders"), ("secrets/not-plain", "shop/root")} <= breaches
    # Whether it is protected nobody can see in a manifest.
    assert ("protection/database", "shop/orders") not in breaches


def test_a_folder_without_any_manifest_is_refused_and_not_passed(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    with pytest.raises(SpecError, match="holds no Kubernetes manifest"):
        from_folder(tmp_path)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    with pytest.raises(SpecError, match=r"broken\.yaml"):
        from_folder(tmp_path)


def test_files_that_cannot_be_read_are_told_all_at_once_and_within_bounds(tmp_path: Path) -> None:
    """Endless, multiplied and deep ones would otherwise take the machine's memory."""
    (tmp_path / "good.yaml").write_text(MANIFEST)
    (tmp_path / "endless.yaml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.yaml")
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    (tmp_path / "laughs.yaml").write_text(f"a0: &a0 x\n{laughs}")
    (tmp_path / "deep.yaml").write_text("[" * 20_000)
    (tmp_path / "large.yaml").write_text(" " * (8 * 2**20 + 1))
    (tmp_path / "latin.yaml").write_bytes(b"a: b\nc: \xe9\n")
    (tmp_path / "list.yaml").write_text("apiVersion: v1\nkind: List\nitems: [7]\n")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(SpecError) as refused:
        from_folder(tmp_path)
    told = {problem.path: problem.message for problem in refused.value.problems}
    assert set(told) == {f"{name}.yaml" for name in ("endless", "pipe", "laughs", "deep", "large", "latin", "list")}
    assert told["endless.yaml"] == "is a symbolic link, which is not followed; put the file itself there"
    assert told["pipe.yaml"].startswith("is no plain file")
    assert "line 2: the alias 'a0' is not read" in told["laughs.yaml"]
    assert "nested more than 100 levels deep" in told["deep.yaml"]
    assert told["large.yaml"].startswith("is larger than 8 MiB")
    assert "line 2" in told["latin.yaml"]
    assert told["list.yaml"] == "has a List without a list of objects in `items` (line 1); write one"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"stack": "dev", "resources": ' + "[" * 200_000, "is nested too deep"),
        ("stack: dev\nresources: &a [x]\nexports: *a\n", "the alias 'a' is not read"),
        ("stack: dev\n---\nstack: prod\n", "is not YAML of one document but of 2"),
        ('{"stack": "dev"}', "is no saved graph"),
    ],
)
def test_a_saved_graph_is_read_within_bounds(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "head.json"
    path.write_text(text)
    with pytest.raises(SpecError, match=reason):
        from_saved_graph(path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_rule_stumbles_over_values_that_are_not_known_yet_or_of_another_type(rule) -> None:
    for fragment in (*rule.examples.fails, *rule.examples.passes):
        whole = from_examples([fragment]).items[0]
        for value in (UNKNOWN, None, "text", 7, 1.5, True, [], [None], ["text"], {}, {"a": None}):
            for changed in _changed(whole.properties, value):
                list(rule.violations(Inventory((replace(whole, properties=changed),))))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_value_that_is_not_known_yet_breaks_no_rule_that_was_kept(rule) -> None:
    whole = from_examples(rule.examples.passes)
    for number, item in enumerate(whole.items):
        for changed in _changed(item.properties, UNKNOWN):
            items = list(whole.items)
            items[number] = replace(item, properties=changed)
            inventory = Inventory(tuple(items), whole.objectives)
            assert [violation for _, violation in rule.violations(inventory)] == [], changed


def _changed(properties, value):
    """The properties with each of their values in turn replaced."""
    for key, inner in properties.items():
        yield {**properties, key: value}
        if isinstance(inner, dict):
            yield from ({**properties, key: changed} for changed in _changed(inner, value))
        if isinstance(inner, list):
            for number, one in enumerate(inner):
                yield {**properties, key: [*inner[:number], value, *inner[number + 1 :]]}
                if isinstance(one, dict):
                    for changed in _changed(one, value):
                        yield {**properties, key: [*inner[:number], changed, *inner[number + 1 :]]}


def test_schedules_are_taken_together() -> None:
    assert gap_of("0 1 * * 0") == timedelta(days=7)
    assert gap_of("0 1 * * 0", "0 1 * * 1-6") == timedelta(days=1)
    assert gap_of("nonsense") is None
    assert gap_of("0 1 29 2 *") is None


def test_only_full_backups_count_for_how_long_backups_are_kept() -> None:
    spec = {
        "backups": {
            "pgbackrest": {
                "global": {"repo1-retention-full": "2", "repo1-retention-full-type": "count"},
                "repos": [{"name": "repo1", "s3": {}, "schedules": {"full": "0 1 * * 0", "differential": "0 1 * * *"}}],
            }
        }
    }
    assert kept_days(from_examples([database("pg", spec)]).items[0]) == 14


def test_names_cannot_draw_on_the_terminal_or_in_a_comment() -> None:
    assert plain("a\x1b[31mb\nc\u202ed") == "a\\u001b[31mb\\u000ac\\u202ed"
    assert markdown("|@all <img src=x> `x`") == "&#124;&#64;all &#60;img src=x&#62; &#96;x&#96;"


def test_policy_imports_no_component() -> None:
    code = (
        "import sys, dbaas_components.policy.rules, dbaas_components.policy.sarif\n"
        "print([name for name in sys.modules if name.startswith(('dbaas_components.databases', "
        "'dbaas_components.bootstrap', 'dbaas_components.dr'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
