"""Each rule is held to its own examples, so that one that cannot fail, or always fails, is found."""

import re

import pytest

from dbaas_components.policy.inventory import from_examples
from dbaas_components.policy.rule import Rule, Severity
from dbaas_components.policy.rules import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_nothing_of_the_example_that_passes(rule: Rule) -> None:
    inventory = from_examples(rule.examples.passes)
    assert any(rule.applies(item) for item in inventory.items), "the rule does not even look at its example"
    assert [violation for _, violation in rule.violations(inventory)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_objects_to_the_example_that_fails(rule: Rule) -> None:
    found = [violation for _, violation in rule.violations(from_examples(rule.examples.fails))]
    assert found
    for violation in found:
        assert violation.message
        assert not violation.message.endswith(".")


def test_there_are_at_least_thirty_rules_and_their_ids_are_their_own() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) >= 30
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+/[a-z]+(-[a-z]+)*", one) for one in ids)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_that_looks_at_one_resource_alone_finds_the_same_without_the_others(rule: Rule) -> None:
    inventory = from_examples((*rule.examples.fails, *rule.examples.passes))
    together = [violation for _, violation in rule.violations(inventory)]
    alone = [
        violation
        for fragment in (*rule.examples.fails, *rule.examples.passes)
        for _, violation in rule.violations(from_examples([fragment]))
    ]
    assert rule.whole or together == alone


def test_both_severities_are_used() -> None:
    assert {rule.severity for rule in RULES} == set(Severity)


def test_a_rule_about_a_guarded_database_leaves_the_profile_dev_alone() -> None:
    silent = 0
    for rule in RULES:
        fragments = [
            {**one, "metadata": {**one["metadata"], "labels": {"dbaas-components.io/profile": "dev"}}}
            for one in rule.examples.fails
            if "percona.com" in one.get("apiVersion", "")
        ]
        silent += bool(fragments) and not list(rule.violations(from_examples(fragments)))
    assert silent >= 30
