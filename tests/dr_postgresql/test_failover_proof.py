"""Switchover and failover of real PostgreSQL servers, judged by the rows that their clients were promised."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from dbaas_components.dr.guards import GUARDS
from dbaas_components.dr.lease import Granted, Observed, Released, WonBy
from dbaas_components.dr.records import Role
from dbaas_components.dr.roles import Event
from dbaas_components.dr.timing import monotonic_seconds
from tests.dr_postgresql.counting import Cut, count_by, cut
from tests.dr_postgresql.lag import Lag
from tests.dr_postgresql.pair import LIMIT, TIMING, Pair, Region
from tests.dr_postgresql.site import claim_without_doing
from tests.dr_postgresql.writers import Acknowledged, Writers

pytestmark = pytest.mark.postgresql

Tell = Callable[[str, str], None]


def writing(pair: Pair) -> Writers:
    return Writers(region.site.server for region in pair.regions)


def wait_for_rows(pair: Pair, writers: Writers, region: Region, rows: int = 60) -> None:
    """Waits until a region has acknowledged so many more rows."""
    since = monotonic_seconds()
    pair.wait(
        f"{rows} rows acknowledged by {region.name}",
        lambda: count_by(writers.acknowledged, region.name, since=since) >= rows,
    )


def told(found: Cut) -> str:
    return (
        f"{found.acknowledged} rows acknowledged by the old side, {len(found.lost)} lost, "
        f"{found.silence:.2f} s without an acknowledgement"
    )


def fence_seconds(pair: Pair, region: Region) -> float:
    fence = region.site.fences[-1]
    return fence.confirmed_at - fence.ordered_at


def earlier_than_stated(lost: tuple[Acknowledged, ...], lag: Lag) -> list[Acknowledged]:
    """Lost rows that the stated lag does not cover: they were acknowledged before the time from which it counts."""
    return [one for one in lost if one.at < lag.looked_at - lag.seconds]


@pytest.mark.usefixtures("repetition")
def test_a_switchover_there_and_back_loses_no_acknowledged_row(pair: Pair, measured: Tell):
    with writing(pair) as writers:
        for old, new in (pair.regions, reversed(pair.regions)):
            since = monotonic_seconds()
            wait_for_rows(pair, writers, old)
            pair.hand_over(old, new, planned=True)
            pair.wait_for_role(new, Role.PRIMARY)
            wait_for_rows(pair, writers, new)
            seen = list(writers.acknowledged)
            found = cut(seen, old.name, new.name, pair.rows(new), since=since)
            assert found.lost == ()
            assert not found.both_acknowledged
            assert old.site.fences[-1].in_order
            assert fence_seconds(pair, old) <= TIMING.fence_seconds
            measured(f"switchover to {new.name}", f"{told(found)}, fenced in {fence_seconds(pair, old):.2f} s")
            # Its orderly end is part of the new line, so that it follows without a rewind.
            pair.wait_for_role(old, Role.FENCED)
            pair.rejoin(old)
            pair.wait_for_role(old, Role.STREAMING)
    lease = pair.lease()
    assert lease is not None
    assert (lease.holder, lease.epoch) == ("east", 3)


@pytest.mark.usefixtures("repetition")
def test_a_failover_loses_no_more_than_the_lag_that_was_stated_and_the_dead_side_comes_back_closed(
    pair: Pair, measured: Tell
):
    east, west = pair.regions
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east, 200)
        died_at = lose_machine(pair, east)
        pair.approve(west, planned=False)
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west)
        found = cut(list(writers.acknowledged), "east", "west", pair.rows(west))
        lag = stated_lag(west)
        assert lag.within(LIMIT)
        assert earlier_than_stated(found.lost, lag) == []
        assert not found.both_acknowledged
        measured("failover after kill -9", told(found))
        measured("stated lag", told_lag(lag, died_at))

        # Its machine is there again, with the data of an old primary and a role record that says primary.
        east.site.server.start()
        came_back = monotonic_seconds()
        pair.start_agent(east)
        pair.wait_for_role(east, Role.FENCED)
        wait_for_rows(pair, writers, west)
        assert count_by(writers.acknowledged, "east", since=came_back) == 0
        assert not east.site.server.running
        with pytest.raises(PermissionError, match="not shown to be part of the history"):
            pair.rejoin(east)
        pair.ask(east, Event.REBUILD)
        east.site.server.rewind(west.site.server)
        east.site.follow(west.site.server)
        pair.wait_for_role(east, Role.STREAMING)
    promised = {one.row for one in writers.acknowledged} - {one.row for one in found.lost}
    pair.wait("every row that was kept is on both sides", lambda: promised <= pair.rows(east) & pair.rows(west))


def test_a_dead_side_that_came_back_open_would_be_seen_to_acknowledge(pair: Pair):
    east, west = pair.regions
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        lose_machine(pair, east)
        pair.approve(west, planned=False)
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west, 10)
        # What `starts_closed` is for: nobody watches this server, and its gate is as it was.
        east.site.server.start(gate_open=True)
        wait_for_rows(pair, writers, east, 10)
    found = cut(list(writers.acknowledged), "east", "west", pair.rows(west))
    assert found.both_acknowledged
    assert found.lost


def test_a_standby_behind_the_limit_is_not_promoted_until_a_person_accepts_the_loss(pair: Pair, measured: Tell):
    east, west = pair.regions
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        east.site.server.stall_replication()
        pair.wait("the lag is above its limit", lambda: not stated_lag(west).within(LIMIT))
        died_at = lose_machine(pair, east)
        pair.approve(west, planned=False)
        pair.wait("the lag holds the claim up", lambda: "its lag is above the limit" in reason(west))
        assert west.role is not Role.PRIMARY
        lease = pair.lease()
        assert lease is not None
        assert (lease.holder, lease.epoch) == ("east", 1)
        assert west.agent is not None
        west.agent.accepted_loss = True
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west, 10)
        found = cut(list(writers.acknowledged), "east", "west", pair.rows(west))
    lag = stated_lag(west)
    # The loss is real, and no more than was told; how much of the last looks it takes depends on the machine.
    assert found.last_by_old - found.lost[0].at > LIMIT.seconds / 2
    assert earlier_than_stated(found.lost, lag) == []
    measured("failover with a loss that a person accepted", told(found))
    measured("stated lag", told_lag(lag, died_at))


@pytest.mark.usefixtures("repetition")
@pytest.mark.parametrize("fenced", [True, False], ids=["fenced", "fence only claimed"])
def test_a_frozen_primary_that_is_woken_acknowledges_nothing_and_without_its_fence_it_would(
    pair: Pair, measured: Tell, fenced: bool
):
    east, west = pair.regions
    if not fenced:
        east.site.take_fence = claim_without_doing
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        east.site.server.freeze()
        pair.hand_over(east, west, planned=False)
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west)
        east.site.server.thaw()
        woken_at = monotonic_seconds()
        if not fenced:
            wait_for_rows(pair, writers, east, 10)
        wait_for_rows(pair, writers, west)
        found = cut(list(writers.acknowledged), "east", "west", pair.rows(west))
        after = count_by(writers.acknowledged, "east", since=woken_at)
    if not fenced:
        assert found.both_acknowledged
        assert found.lost
        return
    assert after == 0
    assert not found.both_acknowledged
    assert earlier_than_stated(found.lost, stated_lag(west)) == []
    assert fence_seconds(pair, east) <= TIMING.fence_seconds
    measured("failover from a frozen server", f"{told(found)}, fenced by force in {fence_seconds(pair, east):.2f} s")


@pytest.mark.usefixtures("repetition")
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without fence_on_expiry"])
def test_a_primary_cut_off_from_the_lease_is_fenced_before_the_other_side_opens_and_without_the_guard_it_is_not(
    pair: Pair, measured: Tell, guarded: bool
):
    east, west = pair.regions
    if not guarded:
        assert east.agent is not None
        east.agent.guards = {name: guard for name, guard in GUARDS.items() if name != "fence_on_expiry"}
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        east.store.cut = True
        cut_at = monotonic_seconds()
        pair.approve(west, planned=False)
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west)
        found = cut(list(writers.acknowledged), "east", "west", pair.rows(west))
    assert found.both_acknowledged is not guarded
    if not guarded:
        return
    assert east.role is Role.FENCED
    fence = east.site.fences[-1]
    assert fence.confirmed_at - cut_at <= TIMING.slowest_fence
    assert earlier_than_stated(found.lost, stated_lag(west)) == []
    measured(
        "failover by the lease's silence alone",
        f"{told(found)}; the last row {found.last_by_old - cut_at:.2f} s after the cut, fence confirmed after "
        f"{fence.confirmed_at - cut_at:.2f} s of {TIMING.slowest_fence:.2f} s",
    )


def test_a_whole_site_that_stood_still_too_long_acknowledges_until_its_agent_looks_and_no_longer(
    pair: Pair, measured: Tell
):
    """What the timing does not cover: agent and server frozen together for longer than `agent_pause`.

    Nothing of the site can fence it then, and whichever wakes first decides; the server does here, the worse order.
    """
    east, west = pair.regions
    assert east.agent is not None
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        east.agent.pause()
        east.site.server.freeze()
        pair.approve(west, planned=False)
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west)
        woken_at = monotonic_seconds()
        east.site.server.thaw()
        east.agent.resume()
        pair.wait_for_role(east, Role.FENCED)
        fenced_at = east.site.fences[-1].confirmed_at
        wait_for_rows(pair, writers, west)
        late = [one for one in writers.acknowledged if one.server == "east" and one.at > woken_at]
    assert [one for one in late if one.at > fenced_at] == []
    assert fenced_at - woken_at <= TIMING.agent_pause + TIMING.fence_seconds
    measured(
        "a whole site woken after another was promoted",
        f"{len(late)} rows acknowledged that are on no line any more, within {fenced_at - woken_at:.2f} s",
    )


def test_a_planned_successor_that_has_not_replayed_the_last_position_is_not_promoted(pair: Pair):
    east, west = pair.regions
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        west.site.server.does("select pg_wal_replay_pause()")
        wait_for_rows(pair, writers, east, 20)
        pair.hand_over(east, west, planned=True)
        wait_in_vain_for_promotion(pair, writers)
        assert "has not replayed the old primary's last position" in reason(west)
        # It waits without the lease: a claim would have shut it down and outdated its approval.
        lease = pair.lease()
        assert lease is not None
        assert (lease.holder, lease.epoch, lease.released) == ("east", 1, True)
        assert west.site.server.running
        west.site.server.does("select pg_wal_replay_resume()")
        pair.wait_for_role(west, Role.PRIMARY)
        wait_for_rows(pair, writers, west, 10)
        found = cut(list(writers.acknowledged), "east", "west", pair.rows(west))
    assert found.lost == ()
    assert not found.both_acknowledged


def test_a_switchover_to_a_standby_that_lacks_rows_leaves_every_row_on_the_old_side_which_may_be_approved_again(
    pair: Pair,
):
    east, west = pair.regions
    with writing(pair) as writers:
        wait_for_rows(pair, writers, east)
        east.site.server.stall_replication()
        wait_for_rows(pair, writers, east)
        pair.hand_over(east, west, planned=True)
        wait_in_vain_for_promotion(pair, writers)
        # What is not shipped holds up the orderly end, so that there is no last position to hand over.
        assert not east.site.fences[-1].in_order
        assert {one.row for one in writers.acknowledged} - pair.rows(west)
        promised = {one.row for one in writers.acknowledged}
        take_and_give_back(west)
        # Nobody wrote since, and the lease says so: the old side needs no measurement, only a person's word.
        pair.approve(east, planned=False)
        pair.wait_for_role(east, Role.PRIMARY)
        wait_for_rows(pair, writers, east, 10)
        assert promised <= pair.rows(east)
        assert count_by(writers.acknowledged, "west") == 0
    lease = pair.lease()
    assert lease is not None
    assert (lease.holder, lease.epoch) == ("east", 3)


def wait_in_vain_for_promotion(pair: Pair, writers: Writers) -> None:
    """Waits until the old side has given the lease back and the new one has had time for everything that it may do."""
    pair.wait_for_role(pair.east, Role.FENCED)
    pair.wait("east gave the lease back", lambda: (lease := pair.lease()) is not None and lease.released)
    time.sleep(1.5)
    assert pair.west.role not in (Role.PROMOTING, Role.PRIMARY)
    assert count_by(writers.acknowledged, "west") == 0


def take_and_give_back(region: Region) -> None:
    """What a successor does whose claim went through and whose promotion was refused."""
    assert region.agent is not None
    region.agent.stop()
    lease = region.agent.lease
    found = lease.read()
    assert isinstance(found, Observed)
    taken = lease.acquire(found, WonBy.RELEASE)
    assert isinstance(taken, Granted)
    assert isinstance(lease.release(taken.observed, wrote=False), Released)


def lose_machine(pair: Pair, region: Region) -> float:
    """Kills the agent and every process of the server; when that began."""
    assert region.agent is not None
    # The agent first: in the other order it would have time to start the server again.
    region.agent.stop()
    died_at = monotonic_seconds()
    region.site.died()
    return died_at


def stated_lag(standby: Region) -> Lag:
    assert standby.agent is not None
    assert standby.agent.lag is not None
    return standby.agent.lag


def told_lag(lag: Lag, died_at: float) -> str:
    return f"{lag.bytes} bytes, {lag.seconds:.2f} s, looked at {died_at - lag.looked_at:.2f} s before the cut"


def reason(region: Region) -> str:
    return region.agent.reason if region.agent else ""
