"""A simulated bucket: that it behaves as buckets do, and that known bad rules are caught."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from dbaas_components.bootstrap.buckets.engines import Tool
from dbaas_components.bootstrap.buckets.judgement import BEGIN, outage, places, range_of
from dbaas_components.bootstrap.buckets.lifecycle import Rule, derived_rules
from dbaas_components.bootstrap.buckets.simulation import YEAR, Broken, Bucket, simulate
from tests.unit.buckets.made import BETWEEN, DAILY, TENANTS, WEEKLY, aws, parsed, tenant

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


def after(
    engine: str,
    rules: Sequence[Rule],
    *,
    schedules: list[dict[str, Any]] | None = None,
    failing: Sequence[date] = (),
    days: int = YEAR,
    **given: Any,
) -> tuple[Broken | None, Bucket, Tool]:
    """One database's life in a bucket with these rules."""
    made = TENANTS[engine] if schedules is None else tenant(engine, schedules, credentials="keys", **given)
    (place,) = places(parsed(aws(made)))
    bucket, tool = Bucket(rules), place.tool(failing)
    return simulate(bucket, [(place.told, tool)], BEGIN, days=days), bucket, tool


def derived(engine: str, **given: Any) -> tuple[Rule, ...]:
    return derived_rules(parsed(aws(TENANTS[engine], **given)))


def expire(engine: str, days: int, below: str = "") -> Rule:
    return Rule("bad", "expire", "", f"production/{engine}/shop/orders/1{below}", days)


def test_versions_come_back_until_their_days_are_over_and_then_the_marker_goes_too():
    noncurrent, markers = Rule("a", "expire_noncurrent", "", days=14), Rule("b", "expire_markers", "")
    bucket = Bucket([noncurrent, markers])
    bucket.write("x", BEGIN)
    bucket.delete("x", BEGIN + DAY)
    assert not bucket.readable("x")
    bucket.midnight(BEGIN + 14 * DAY)
    assert bucket.recoverable("x", BEGIN)
    bucket.midnight(BEGIN + 15 * DAY)
    assert not bucket.recoverable("x", BEGIN)
    assert bucket.keys == {}


def test_what_is_written_again_leaves_its_old_version_behind():
    bucket = Bucket([Rule("a", "expire_noncurrent", "", days=14)])
    bucket.write("x", BEGIN)
    bucket.write("x", BEGIN + DAY)
    assert len(bucket.keys["x"].versions) == 2
    bucket.midnight(BEGIN + 15 * DAY)
    assert len(bucket.keys["x"].versions) == 1
    assert bucket.readable("x")


def test_a_lock_keeps_versions_longer_than_rules_would():
    bucket = Bucket([Rule("a", "expire_noncurrent", "", days=14)], immutable_days=60)
    bucket.write("x", BEGIN)
    bucket.delete("x", BEGIN + DAY)
    bucket.midnight(BEGIN + 59 * DAY)
    assert bucket.recoverable("x", BEGIN)
    bucket.midnight(BEGIN + 60 * DAY)
    assert not bucket.recoverable("x", BEGIN)


def test_without_versions_a_delete_is_for_good():
    bucket = Bucket([], versioned=False)
    bucket.write("x", BEGIN)
    bucket.delete("x", BEGIN)
    assert not bucket.recoverable("x", BEGIN)


def test_uploads_that_broke_off_are_swept_away():
    bucket = Bucket([Rule("a", "abort_uploads", "", days=7)])
    bucket.begin_upload("x", BEGIN)
    bucket.midnight(BEGIN + 6 * DAY)
    assert bucket.uploads
    bucket.midnight(BEGIN + 7 * DAY)
    assert not bucket.uploads


@pytest.mark.parametrize("engine", TENANTS)
def test_derived_rules_keep_every_promise_for_a_year_also_through_an_outage(engine):
    spec = parsed(aws(TENANTS[engine]))
    (place,) = places(spec)
    for failing in ((), outage(spec, BEGIN)(place)):
        broken, _, tool = after(engine, derived_rules(spec), failing=failing)
        assert broken is None
        assert tool.promised


@pytest.mark.parametrize("engine", TENANTS)
def test_a_bucket_does_not_grow_for_ever(engine):
    _, bucket, tool = after(engine, derived(engine))
    at_rest = len(bucket.keys)
    _, later, _ = after(engine, derived(engine), days=2 * YEAR)
    assert tool.logs
    assert len(later.keys) <= at_rest + 20


BAD: dict[str, tuple[str, Sequence[Rule], str]] = {
    "age on pgBackRest": ("pg", [expire("pg", 20)], "full of"),
    "age on pgBackRest's backups": ("pg", [expire("pg", 25, "/backup/")], "full of"),
    "age on write-ahead logs": ("pg", [expire("pg", 7, "/archive/")], "logs of"),
    "archive for pgBackRest": ("pg", [Rule("bad", "transition", "", "", 3, "GLACIER")], "full of"),
    "deep archive for logs": (
        "pxc",
        [Rule("bad", "transition", "", "production/pxc/shop/orders/1/pitr/", 3, "DEEP_ARCHIVE")],
        "logs of",
    ),
    "logs shorter than the oldest full backup": ("pxc", [expire("pxc", 10, "/pitr/")], "logs of"),
    "a day less than what is kept": ("pxc", [expire("pxc", 13, "/backup/")], "full of"),
    "age on a chain": ("ps", [expire("ps", 25, "/backup/")], "full of"),
    "age on the newest of a chain's bases": ("ps", [expire("ps", 5, "/backup/")], "full of"),
    "age on slices of the oplog": ("psmdb", [expire("psmdb", 5, "/pbmPitr/")], "logs of"),
    "age on books of Percona Backup for MongoDB": ("psmdb", [expire("psmdb", 13)], "full of"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_known_bad_rule_is_caught(name):
    engine, rules, what = BAD[name]
    broken, _, _ = after(engine, [*derived(engine), *rules])
    assert broken is not None
    assert broken.what.startswith(what)
    assert broken.frozen == (rules[0].action == "transition")


def test_a_rule_without_its_margin_breaks_in_an_outage():
    spec = parsed(aws(TENANTS["pxc"]))
    (place,) = places(spec)
    failing = outage(spec, BEGIN)(place)
    assert len(failing) == spec.margin_days
    for days, broken in ((45, False), (15, True), (40, True)):
        rules = [expire("pxc", days, "/backup/"), expire("pxc", days, "/pitr/")]
        found, _, _ = after("pxc", rules, failing=failing)
        assert (found is not None) == broken, days


def test_an_outage_longer_than_the_margin_is_not_covered_and_that_is_said():
    longer = range_of(BEGIN + 60 * DAY, 60)
    broken, _, _ = after("pxc", derived("pxc"), failing=longer)
    assert broken is not None
    assert all(
        "holds while its schedules fail for at most 30 days" in rule.why
        for rule in derived("pxc")
        if rule.action == "expire"
    )


@pytest.mark.parametrize("engine", TENANTS)
def test_all_that_was_deleted_at_once_can_be_had_back_for_undo_days_and_no_longer(engine):
    spec = parsed(aws(TENANTS[engine], undo_days=14))
    (place,) = places(spec)
    bucket, tool = Bucket(derived_rules(spec)), place.tool()
    assert simulate(bucket, [(place.told, tool)], BEGIN, days=100) is None
    stolen = BEGIN + 100 * DAY
    wanted = [name for backup in tool.promised for name in tool.needs(backup)]
    for name in list(bucket.keys):
        bucket.delete(name, stolen)
    assert not any(bucket.readable(name) for name in wanted)
    bucket.midnight(stolen + 13 * DAY)
    assert all(bucket.recoverable(name, stolen) for name in wanted)
    bucket.midnight(stolen + 14 * DAY)
    assert not any(bucket.recoverable(name, stolen) for name in wanted)


def test_late_deletes_of_an_engine_break_nothing():
    (place,) = places(parsed(aws(TENANTS["psmdb"])))
    for late in (0, 1, 30):
        tool = Tool("psmdb", place.prefix, place.database, late_days=late)
        assert simulate(Bucket(derived("psmdb")), [("x", tool)], BEGIN) is None


def test_tools_keep_what_their_retention_says():
    _, _, pg = after("pg", [], days=100)
    assert [one.kind for one in pg.promised].count("full") == 4
    _, _, pxc = after("pxc", [], days=100)
    assert len(pxc.promised) == 14
    _, _, ps = after("ps", [], schedules=[{**WEEKLY, "keep": 2}, BETWEEN], days=100)
    assert all(one.full() in ps.promised for one in ps.promised)
    assert [one.kind for one in ps.promised].count("full") == 2
    by_days = {"name": "weekly", "cron": "0 1 * * 0", "retention": "21d"}
    _, _, timed = after("pg", [], schedules=[by_days], days=100)
    # As pgBackRest counts: the newest that is old enough itself, and all younger ones.
    assert len(timed.promised) in (4, 5)
    _, _, endless = after("pg", [], schedules=[{"name": "daily", "cron": DAILY["cron"]}], days=100)
    assert len(endless.promised) == 100
