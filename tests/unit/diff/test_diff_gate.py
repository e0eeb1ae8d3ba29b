"""What the gate lets through, what it refuses, and which approvals it takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.gate import Gate, choose, judged, read_policy
from dbaas_components.diff.grouping import Owner
from dbaas_components.diff.report.model import Report, Side

TODAY = date(2026, 3, 1)
ORDERS = Owner("", "orders", "shop")


def change(effect: Effect = Effect.DATA_LOSS, path: str = "", **more: Any) -> Change:
    values: dict[str, Any] = {"word": "database", "old": "there", "new": None, "does": "", **more}
    return Change(ORDERS, effect, "PerconaPGCluster", "orders", path, **values)


def report(*changes: Change) -> Report:
    return Report("dev", Side("a", "folder"), Side("b", "folder"), changes)


def approval(**more: str) -> str:
    fields = {
        "database": "orders",
        "change": "removed",
        "expires": "2026-03-31",
        "by": "ann",
        "reason": "moved",
        **more,
    }
    return "approvals:\n- {" + ", ".join(f'{key}: "{value}"' for key, value in fields.items()) + "}\n"


def verdict(policy: str, *changes: Change) -> Report:
    return judged(report(*changes), Gate(read_policy(policy, "gate.yaml")), TODAY)


@pytest.mark.parametrize("effect", list(Effect))
def test_without_a_policy_only_what_keeps_the_data_and_its_protection_passes(effect: Effect) -> None:
    assert verdict("", change(effect)).passed == (effect <= Effect.ROLLING_RESTART)


def test_a_class_that_the_policy_allows_passes_unasked() -> None:
    assert verdict("allow: [failover]", change(Effect.FAILOVER)).passed
    assert not verdict("allow: [failover]", change(Effect.ONLINE)).passed


@pytest.mark.parametrize("effect", list(Effect))
def test_the_exit_code_says_the_worst_class_that_is_refused(effect: Effect) -> None:
    assert verdict("allow: []", change(effect), change(Effect.NO_EFFECT)).exit_code == 10 + effect
    passes = effect != Effect.DATA_LOSS and verdict(f"allow: [{effect.slug}]", change(effect)).exit_code == 0
    assert passes is (effect != Effect.DATA_LOSS)


def test_what_is_refused_for_another_reason_than_a_change_has_the_code_10() -> None:
    assert verdict(approval(), change(Effect.ONLINE, "spec.x")).exit_code == 10


@pytest.mark.parametrize(
    "one",
    [
        change(),
        change(path="spec.replsets[a].size"),
        change(word="Secret"),
        Change(Owner(), Effect.DATA_LOSS, "Bucket", "backups", "", "Bucket", "there", None, ""),
    ],
)
def test_what_the_verdict_asks_for_is_what_an_approval_says(one: Change) -> None:
    (line,) = verdict("", one).verdict_lines
    _, _, asked = line.partition("unasked: database: ")
    database, _, what = asked.partition(", change: ")
    assert verdict(approval(database=database, change=what), one).passed


def test_one_approval_with_a_pattern_takes_no_two_losses() -> None:
    both = [change(path=f"spec.replsets[{name}]") for name in (0, 1)]
    wide = verdict(approval(change="spec.replsets[*]"), *both)
    assert not wide.passed
    assert any("spec.replsets[0], spec.replsets[1]" in one for one in wide.problems)
    assert verdict(approval(change="spec.replsets[*]"), both[0]).passed


def test_data_loss_can_never_be_allowed_for_all_databases() -> None:
    with pytest.raises(DiffError, match="never passes unasked"):
        read_policy("allow: [data-loss]", "gate.yaml")


def test_an_approval_of_this_database_and_this_change_lets_it_through_and_is_told() -> None:
    found = verdict(approval(), change())
    assert found.passed
    assert "by ann until 2026-03-31: moved" in found.approved_by(found.changes[0])


@pytest.mark.parametrize(
    "wrong", [{"database": "billing"}, {"database": "other/orders"}, {"change": "spec.image"}, {"change": "added"}]
)
def test_an_approval_of_something_else_is_an_error_and_refuses(wrong: dict[str, str]) -> None:
    found = verdict(approval(**wrong), change())
    assert not found.passed
    assert len(found.refused) == 1
    assert any("matches no change" in problem for problem in found.problems)


def test_one_approval_does_not_delete_the_database_of_every_site() -> None:
    sites = [change(urn=f"urn:pulumi:prod::shop::kubernetes:PerconaPGCluster::orders-{site}") for site in ("eu", "us")]
    wide = verdict(approval(), *sites)
    assert not wide.passed
    assert len(wide.refused) == 2
    assert any("orders-eu, orders-us" in problem and "`resource`" in problem for problem in wide.problems)
    narrow = verdict(approval(resource="orders-eu"), *sites)
    assert [one.urn[-2:] for one in narrow.refused] == ["us"]
    assert "(orders-eu)" in narrow.approved_by(sites[0])
    both = approval(resource="orders-eu") + approval(resource="orders-us").partition("\n")[2]
    assert verdict(both, *sites).passed


def test_an_approval_that_matches_nothing_fails_a_change_that_would_pass() -> None:
    assert not verdict(approval(), change(Effect.ONLINE, "spec.x")).passed


def test_an_approval_counts_on_its_last_day_and_not_on_the_next() -> None:
    assert verdict(approval(expires="2026-03-01"), change()).passed
    late = verdict(approval(expires="2026-02-28"), change())
    assert not late.passed
    assert any("has expired" in problem for problem in late.problems)


@pytest.mark.parametrize("field", ["database", "change", "expires", "by", "reason"])
def test_an_approval_needs_every_field(field: str) -> None:
    lines = ["database: a", "change: b", "expires: 2026-01-01", "by: c", "reason: d"]
    kept = ", ".join(one for one in lines if not one.startswith(field))
    with pytest.raises(DiffError, match=field):
        read_policy(f"approvals: [{{{kept}}}]", "gate.yaml")


def test_all_mistakes_of_a_policy_are_told_at_once_with_field_value_and_what_is_allowed() -> None:
    text = """
alow: [online]
allow: [data-loss, nonsense]
approvals_from: nowhere
approvals:
  - {database: shop/stock, change: "*", expires: tomorrow, by: "", reason: moved}
budget: {currency: eur, total: -1}
"""
    with pytest.raises(DiffError) as refused:
        read_policy(text, "gate.yaml")
    told = str(refused.value)
    assert 'alow: is not a known key; choose allow, approvals, approvals_from or budget; did you mean "allow"?' in told
    assert "allow[0]: data-loss never passes unasked" in told
    assert 'allow[1]: "nonsense" is not known here; choose ' in told
    assert 'approvals_from: "nowhere" is not known here; choose base or head' in told
    assert 'approvals[0].change: "*" is no pattern: name one database and one change' in told
    assert 'approvals[0].expires: "tomorrow" is not a date such as 2027-03-31; write' in told
    assert 'approvals[0].by: "" is refused' in told
    assert 'budget.currency: "eur" is no currency; write three capital letters, such as EUR' in told
    assert "budget.total: -1 is too little; write at least 0" in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("allow: [online]\nallow: [replace]\n", "the key 'allow' is there twice"),
        ("a: &a [x]\nallow: *a\n", "the alias 'a' is not read"),
        (f"allow: {'[' * 2_000}", "nested more than 100 levels deep"),
        ("allow: [online]\n---\nallow: [replace]\n", "has 2 documents of YAML; leave one"),
    ],
)
def test_a_policy_is_read_within_bounds_and_says_each_thing_once(text: str, reason: str) -> None:
    with pytest.raises(DiffError, match=reason):
        read_policy(text, "gate.yaml")


def test_of_a_named_policy_no_more_is_read_than_one_can_have(tmp_path: Path) -> None:
    endless = tmp_path / "gate.yaml"
    endless.symlink_to("/dev/zero")
    with pytest.raises(DiffError, match="is larger than a policy can be"):
        choose(endless, None, None)


def test_two_approvals_for_the_same_are_refused() -> None:
    twice = "approvals: [{database: a, change: b, expires: 2026-01-01, by: c, reason: d}, "
    twice += "{database: a, change: b, expires: 2027-01-01, by: c, reason: d}]"
    with pytest.raises(DiffError, match=r"approvals: has \[1\] for the same as \[0\], b of a; leave one"):
        read_policy(twice, "gate.yaml")


def test_an_approval_is_no_pattern() -> None:
    with pytest.raises(DiffError, match="no pattern"):
        read_policy(approval(database="*"), "gate.yaml")


def test_a_change_cannot_loosen_the_gate_that_it_has_to_pass() -> None:
    gate = choose(None, "allow: [online]", "allow: [online, replace]")
    assert gate.policy.allow == ("online",)


def test_the_first_policy_of_a_repository_cannot_open_the_gate_that_it_arrives_through() -> None:
    assert choose(None, None, "allow: [online, replace]").policy.allow == ("online",)


def test_where_the_base_wants_it_an_approval_counts_only_if_it_was_there_before() -> None:
    base = "approvals_from: base\n"
    assert not choose(None, base, approval()).policy.approvals
    assert choose(None, base + approval(), approval()).policy.approvals
    assert not choose(None, base + approval(), "").policy.approvals


def test_a_policy_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    for text in ("allow: [everything]", "- a", "allow: {", "unknown: 1"):
        with pytest.raises(DiffError, match=r"gate\.yaml"):
            read_policy(text, "gate.yaml")
    with pytest.raises(DiffError, match="cannot be read"):
        choose(tmp_path / "missing.yaml", None, None)
