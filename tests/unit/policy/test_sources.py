"""The same finding wherever the resources come from, and what is not known yet is not held against anyone."""

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
