"""Rules of a bucket, as they are derived, and the user's own that are refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dbaas_components import SpecError
from dbaas_components.bootstrap.buckets.aws_rules import api_document
from dbaas_components.bootstrap.buckets.aws_rules import lifecycle as on_aws
from dbaas_components.bootstrap.buckets.engines import Tool
from dbaas_components.bootstrap.buckets.gcp_rules import lifecycle as on_gcp
from dbaas_components.bootstrap.buckets.judgement import BEGIN, broken_by, range_of
from dbaas_components.bootstrap.buckets.lifecycle import Rule, derived_rules, in_words, longest_gap, longest_kept
from tests.unit.buckets.made import BETWEEN, DAILY, TENANTS, WEEKLY, aws, parsed, tenant

pytestmark = pytest.mark.slow

PREFIX = "production/{}/shop/orders/1"


def of_age(*tenants: dict[str, Any], **given: Any) -> dict[str, int]:
    """Days after which which prefix is emptied."""
    return {rule.prefix: rule.days for rule in derived_rules(parsed(aws(*tenants, **given))) if rule.action == "expire"}


def refusal(*tenants: dict[str, Any], **rule: Any) -> str:
    with pytest.raises(SpecError) as error:
        parsed(aws(*tenants, extra_rules=[{"name": "mine", **rule}]))
    return str(error.value)


@pytest.mark.parametrize("engine", ["pg", "psmdb"])
def test_no_age_ends_what_a_tool_keeps_books_about(engine):
    assert of_age(TENANTS[engine]) == {}


def test_logs_outlive_the_oldest_full_backup_and_backups_go_where_no_operator_deletes_them():
    assert of_age(TENANTS["pxc"]) == {PREFIX.format("pxc") + "/backup/": 45, PREFIX.format("pxc") + "/pitr/": 45}
    assert of_age(TENANTS["pxc"], margin_days=7) == {
        PREFIX.format("pxc") + "/backup/": 22,
        PREFIX.format("pxc") + "/pitr/": 22,
    }
    deleting = tenant("pxc", [DAILY], credentials="keys", delete_from_storage=True)
    assert of_age(deleting) == {PREFIX.format("pxc") + "/pitr/": 45}
    without_logs = tenant("pxc", [DAILY], credentials="keys", delete_from_storage=True, pitr=False)
    assert of_age(without_logs) == {}


@pytest.mark.parametrize("deletes", [True, False])
def test_a_chain_is_never_ended_by_age_whatever_is_said_of_deleting(deletes):
    for schedules in ([WEEKLY, BETWEEN], [WEEKLY]):
        chained = tenant("ps", schedules, credentials="keys", delete_from_storage=deletes)
        assert of_age(chained) == {PREFIX.format("ps") + "/pitr/": 59}
    with pytest.raises(SpecError, match='"incremental" is no kind of backup that pxc makes'):
        of_age(tenant("pxc", [WEEKLY, BETWEEN], credentials="keys"))


def test_what_keeps_everything_lets_nothing_expire():
    forever = {"name": "forever", "cron": "0 3 1 * *"}
    paused = {**WEEKLY, "name": "paused", "enabled": False}
    for schedules in ([DAILY, forever], [DAILY, paused], []):
        assert of_age(tenant("pxc", schedules, credentials="keys")) == {}
    assert of_age(TENANTS["pxc"], expire_dropped=False) == {}


def test_the_longest_gap_between_runs_counts():
    assert longest_gap("0 1 * * *") == timedelta(days=1)
    assert longest_gap("0 1 * * 1-5") == timedelta(days=3)
    assert longest_gap("0 1 1 * *") == timedelta(days=31)
    assert longest_gap("0 1 1 1 *") == timedelta(days=366)
    spec = parsed(aws(tenant("pxc", [{**DAILY, "cron": "0 1 1 * *", "keep": 3}], credentials="keys")))
    assert longest_kept(spec.tenants[0].databases["orders"].schedules) == 3 * 31 + 1


def test_every_rule_says_what_and_why():
    spec = parsed(aws(extra_rules=[{"name": "mine", "prefix": "exports/", "expire_days": 3}]))
    for rule in derived_rules(spec):
        assert in_words(rule).startswith(f"{rule.name}: ")
        assert in_words(rule).endswith(rule.why)
        assert len(rule.why) > 20
    names = [rule.name for rule in derived_rules(spec)]
    assert len(names) == len(set(names))


def test_a_rule_that_would_take_a_backup_names_it_and_the_day():
    said = refusal(TENANTS["pg"], expire_days=20)
    # The first run of all is an incremental one, and pgBackRest makes a full backup of it.
    assert (
        "extra_rules[0]: full of 2026-01-01 of shop/orders, kept until 2026-01-25, would be gone on 2026-01-21" in said
    )
    assert "at an age of 20 days" in said


def test_a_rule_that_only_an_outage_turns_deadly_is_refused_too():
    spec = parsed(aws(TENANTS["pg"]))
    rule = Rule("mine", "expire", "", days=60)
    assert broken_by(spec, [*derived_rules(spec), rule]) is None
    said = refusal(TENANTS["pg"], expire_days=60)
    assert "kept until newer ones are made, would be gone on" in said
    assert "where scheduled backups fail from 2026-03-02 on" in said


def test_a_rule_on_a_part_of_a_databases_prefix_is_judged_too():
    assert "logs of" in refusal(TENANTS["psmdb"], prefix=PREFIX.format("psmdb") + "/pbmPitr/", expire_days=7)
    assert "of shop/orders" in refusal(TENANTS["pxc"], prefix="production/pxc/", expire_days=14)
    assert "of shop/orders" in refusal(TENANTS["ps"], prefix="prod", expire_days=30)


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE", "ARCHIVE"])
def test_an_archive_is_no_place_for_what_a_restore_reads(storage_class):
    said = refusal(TENANTS["pg"], transition_days=90, storage_class=storage_class)
    assert f"{storage_class} is an archive, and a restore of shop/orders cannot wait" in said


def test_rules_that_break_nothing_are_kept():
    mine = [
        {"name": "exports", "prefix": "exports/", "expire_days": 3},
        {"name": "old-exports", "prefix": "audit/", "transition_days": 90, "storage_class": "DEEP_ARCHIVE"},
        {"name": "cheaper", "prefix": "production/pxc/", "transition_days": 30, "storage_class": "STANDARD_IA"},
        {"name": "later", "prefix": "production/pxc/", "expire_days": 200},
    ]
    assert len(parsed(aws(extra_rules=mine)).extra_rules) == 4


def test_a_rule_that_cannot_be_tried_is_refused():
    assert "more than can be tried on shop/orders; write 1100 at most" in refusal(TENANTS["pg"], expire_days=3_000)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": "noncurrent", "prefix": "exports/", "expire_days": 3}, '"noncurrent" is the name of another rule'),
        ({"name": "mine"}, "takes one of expire_days and transition_days"),
        ({"name": "mine", "transition_days": 30}, "needs transition_days and storage_class together"),
        ({"name": "mine", "expire_days": 0}, "extra_rules[0].expire_days"),
    ],
)
def test_a_rule_that_is_none_is_refused(rule, said):
    with pytest.raises(SpecError) as error:
        parsed(aws(extra_rules=[rule]))
    assert said in str(error.value)


def test_on_aws_the_marker_rule_stands_alone_and_no_current_object_of_all_is_expired():
    rules = on_aws(derived_rules(parsed(aws())))
    assert {"id": "delete-markers", "status": "Enabled", "filter": {"prefix": ""}} | {
        "expiration": {"expired_object_delete_marker": True}
    } in rules
    for rule in rules:
        if "days" in rule.get("expiration", {}):
            assert rule["filter"]["prefix"].count("/") == 6
    document = api_document(derived_rules(parsed(aws())))
    assert {"ID": "noncurrent", "Status": "Enabled", "Filter": {"Prefix": ""}} | {
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30}
    } in document["Rules"]


def test_on_google_cloud_rules_of_one_age_are_one_and_speak_of_live_objects_only():
    rules = on_gcp(derived_rules(parsed(aws())))
    assert {
        "action": {"type": "Delete"},
        "condition": {"days_since_noncurrent_time": 30, "with_state": "ARCHIVED"},
    } in rules
    ages = [one["condition"] for one in rules if one["action"]["type"] == "Delete" and "age" in one["condition"]]
    assert {one["with_state"] for one in ages} == {"LIVE"}
    assert ages[0]["matches_prefixes"] == [PREFIX.format("pxc") + "/backup/", PREFIX.format("pxc") + "/pitr/"]
    assert all(one["matches_prefixes"] for one in ages)


def test_the_day_of_a_refusal_does_not_depend_on_the_day_it_is_made_on():
    assert date(2026, 1, 1) == BEGIN
    spec = parsed(aws(TENANTS["pg"]))
    rule = Rule("mine", "expire", "", days=20)
    one = broken_by(spec, [rule], begin=date(2028, 2, 1))
    assert one is not None
    assert one == broken_by(spec, [rule], begin=date(2028, 2, 1))
    assert one.day == date(2028, 2, 1) + timedelta(days=20)
    assert len(range_of(BEGIN, 3)) == 3


def test_a_hundred_databases_that_are_backed_up_alike_are_tried_once():
    alike = {f"orders-{number}": {"schedules": [DAILY]} for number in range(100)}
    odd = {"odd": {"schedules": [{**DAILY, "keep": 60}]}}
    many = {"namespace": "shop", "engine": "pxc", "credentials": "keys", "databases": {**alike, **odd}}
    tried: list[str] = []
    make = Tool.__init__

    def counting(self: Tool, engine: Any, prefix: str, *given: Any, **more: Any) -> None:
        tried.append(prefix)
        make(self, engine, prefix, *given, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Tool, "__init__", counting)
        said = refusal(many, expire_days=50)
    assert "of shop/odd" in said
    assert set(tried) == {"production/pxc/shop/orders-0/1", "production/pxc/shop/odd/1"}


def test_a_rule_on_one_of_two_databases_that_are_backed_up_alike_is_judged_on_that_one():
    both = {"a": {"schedules": [DAILY]}, "b": {"schedules": [DAILY]}}
    many = {"namespace": "shop", "engine": "pxc", "credentials": "keys", "databases": both}
    assert "of shop/b" in refusal(many, prefix="production/pxc/shop/b/", expire_days=5)
