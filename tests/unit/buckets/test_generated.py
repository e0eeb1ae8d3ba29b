"""Whatever is scheduled and kept: derived rules take nothing that is promised."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbaas_components.bootstrap.buckets.engines import Tool
from dbaas_components.bootstrap.buckets.judgement import BEGIN, places, range_of
from dbaas_components.bootstrap.buckets.layout import APART
from dbaas_components.bootstrap.buckets.lifecycle import derived_rules
from dbaas_components.bootstrap.buckets.simulation import YEAR, Bucket, simulate
from tests.unit.buckets.made import aws, parsed, tenant

pytestmark = pytest.mark.slow

CRONS = ("0 1 * * *", "30 */12 * * *", "0 3 * * 0", "0 2 * * 1-5", "15 4 * * 2,5", "0 1 1 * *", "0 0 */10 * *")
KEPT = st.integers(1, 12)


def schedules(engine: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Full backups in one or two schedules, and such as build on them where the engine has them."""
    cron = st.sampled_from(CRONS)
    kept: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"cron": cron}, optional={"keep": KEPT})
    if engine == "pg":
        by_days = st.fixed_dictionaries({"cron": cron, "retention": st.integers(1, 60).map("{}d".format)})
        kept = st.one_of(kept, by_days)
    full = st.lists(kept, min_size=1, max_size=1 if engine == "pg" else 2)
    partial = st.just("differential") if engine == "pg" else st.just("incremental")
    further = st.fixed_dictionaries({"cron": cron, "type": st.one_of(partial, st.just("incremental"))})
    more = st.lists(further, max_size=0 if engine == "pxc" else 1)
    return st.tuples(full, more).map(
        lambda both: [{"name": f"s{number}", **one} for number, one in enumerate([*both[0], *both[1]])]
    )


@st.composite
def lives(draw: st.DrawFn) -> tuple[dict[str, Any], list[date], int]:
    """Arguments of a bucket with one database, days on which its backups fail, and how late its engine deletes."""
    engine = draw(st.sampled_from(["pxc", "ps", "psmdb", "pg"]))
    margin = draw(st.integers(7, 60))
    given_to = tenant(
        engine,
        draw(schedules(engine)),
        credentials="keys",
        pitr=draw(st.booleans()),
        delete_from_storage=draw(st.booleans()),
    )
    immutable = draw(st.none() | st.integers(1, 90))
    args = aws(given_to, margin_days=margin, undo_days=draw(st.integers(14, 35)))
    if immutable:
        args["immutable_days"] = immutable
    # For pxc and ps the promise is bound to the margin; for the others to nothing.
    longest = margin if engine in APART else YEAR
    failing = range_of(BEGIN + timedelta(days=draw(st.integers(0, 350))), draw(st.integers(0, longest)))
    return args, list(failing), draw(st.integers(0, 20))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_no_derived_rule_ever_takes_what_is_promised(life: tuple[dict[str, Any], list[date], int]):
    args, failing, late = life
    spec = parsed(args)
    (place,) = places(spec)
    tool = Tool(place.tenant.engine, place.prefix, place.database, failing=failing, late_days=late)
    bucket = Bucket(derived_rules(spec), immutable_days=spec.immutable_days)
    assert simulate(bucket, [(place.told, tool)], BEGIN, every=2) is None
