"""Waivers: read strictly, used only where they fit, and an error once they are over or excuse nothing."""

from datetime import date
from pathlib import Path

import pytest

from dbaas_components.errors import SpecError
from dbaas_components.policy import Waiver, check, read_waivers
from dbaas_components.policy.fragments import database
from dbaas_components.policy.inventory import from_examples
from dbaas_components.policy.rules import RULES

TODAY = date(2027, 1, 15)
PAUSED = from_examples([database("pxc", {"backup": {"storages": {"main": {"type": "s3"}}}}, options={"protect": True})])
ONE_RULE = [rule for rule in RULES if rule.id == "backups/scheduled"]


def waiver(expires: date = date(2027, 2, 1), resource: str = "shop/orders", stack: str = "") -> Waiver:
    return Waiver("backups/scheduled", resource, "rebuilt every night", expires, stack)


def test_an_error_without_a_waiver_gates() -> None:
    report = check(PAUSED, rules=ONE_RULE, today=TODAY)
    assert [finding.rule.id for finding in report.errors] == ["backups/scheduled"]
    assert not report.passed


def test_a_waiver_excuses_its_finding_and_is_reported_with_it() -> None:
    report = check(PAUSED, rules=ONE_RULE, waivers=[waiver()], today=TODAY)
    assert report.passed
    assert [finding.waiver for finding in report.waived] == [waiver()]


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next() -> None:
    assert check(PAUSED, rules=ONE_RULE, waivers=[waiver(TODAY)], today=TODAY).passed
    report = check(PAUSED, rules=ONE_RULE, waivers=[waiver(date(2027, 1, 14))], today=TODAY)
    assert [finding.rule.id for finding in report.errors] == ["backups/scheduled"]
    assert report.waiver_problems == (
        "backups/scheduled for shop/orders: the waiver is over since 2027-01-14; mend it, or agree anew",
    )


def test_a_waiver_that_excuses_nothing_is_an_error_even_where_all_else_is_fine() -> None:
    report = check(PAUSED, rules=ONE_RULE, waivers=[waiver(), waiver(resource="shop/gone")], today=TODAY)
    assert not report.errors
    assert not report.passed
    assert "shop/gone: the waiver excuses nothing" in report.waiver_problems[0]


def test_a_waiver_for_another_stack_is_neither_used_nor_missed() -> None:
    report = check(PAUSED, rules=ONE_RULE, waivers=[waiver(stack="prod")], stack="dev", today=TODAY)
    assert report.waiver_problems == ()
    assert len(report.errors) == 1
    assert check(PAUSED, rules=ONE_RULE, waivers=[waiver(stack="prod")], stack="prod", today=TODAY).passed


def test_a_file_of_waivers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "waivers:\n"
        "  - rule: backups/scheduled\n"
        "    resource: shop/orders\n"
        "    reason: rebuilt every night\n"
        "    expires: 2027-02-01\n"
        "    stack: prod\n"
    )
    assert read_waivers(path, RULES) == (waiver(stack="prod"),)
    assert read_waivers(tmp_path / "missing.yaml", RULES) == ()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{rule: backups/schedule, resource: a, reason: b, expires: 2027-02-01}", 'did you mean "backups/scheduled"?'),
        ("{rule: backups/scheduled, resource: a, reason: '', expires: 2027-02-01}", "waivers[0].reason"),
        ("{rule: backups/scheduled, resource: a, reason: b, expires: never}", "is not a date"),
        ("{rule: backups/scheduled, resource: a, reason: b, expires: 2027-02-01 10:00:00}", "is not a date"),
        ("{rule: backups/scheduled, resource: a, reason: b}", "waivers[0].expires: null is not a date"),
        ("{rule: backups/scheduled, resource: a, reason: b, expires: 2027-02-01, why: c}", "is not a known key"),
        ("backups/scheduled", "is not a mapping"),
    ],
)
def test_a_waiver_that_is_not_complete_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(f"waivers:\n  - {entry}\n")
    with pytest.raises(SpecError) as refused:
        read_waivers(path, RULES)
    assert message in str(refused.value)


@pytest.mark.parametrize("text", ["- rule: x\n", "waiver: []\n", "waivers: {}\n", "waivers: [\n"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    with pytest.raises(SpecError):
        read_waivers(path, RULES)


def test_two_waivers_for_the_same_are_refused_also_where_their_reasons_differ(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    entry = "  - {rule: backups/scheduled, resource: shop/orders, expires: 2027-02-01, reason: %s}\n"
    path.write_text(f"waivers:\n{entry % 'one'}{entry % 'one'}{entry % 'two'}")
    with pytest.raises(SpecError) as refused:
        read_waivers(path, RULES)
    assert "waivers[1]: is for the same as waivers[0], backups/scheduled for shop/orders" in str(refused.value)
    assert "waivers[2]" in str(refused.value)


def test_a_waiver_that_is_there_twice_excuses_nothing_the_second_time() -> None:
    report = check(PAUSED, rules=ONE_RULE, waivers=[waiver(), waiver()], today=TODAY)
    assert "the waiver excuses nothing" in "".join(report.waiver_problems)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &a [x]\nwaivers: *a\n", "the alias 'a' is not read"),
        ("waivers: []\nwaivers: []\n", "the key 'waivers' is there twice"),
        (f"waivers: {'[' * 2_000}{']' * 2_000}\n", "is nested more than 100 levels deep"),
        (f"# {'x' * 2**20}\n", "is larger than 1 MiB"),
    ],
)
def test_a_file_of_waivers_is_read_within_bounds(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as refused:
        read_waivers(path, RULES)
    assert reason in str(refused.value)
