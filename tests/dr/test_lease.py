"""The lease, the same for every store: one holder an epoch, epochs that only grow, results that are values."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dbaas_components.dr.lease import (
    Foreign,
    Granted,
    HeldByOther,
    Identity,
    Lease,
    Lost,
    Observed,
    Released,
    StoreUnreachable,
    Unreachable,
    WonBy,
)
from dbaas_components.dr.lease.interface import restored, text_of

pytestmark = pytest.mark.slow


def lease(store, region: str, *, instance: str = "boot-1", topology: str = "orders", **more) -> Lease:
    return Lease(store, Identity(topology, region, instance), **more)


def seen(one: Lease) -> Observed:
    found = one.read()
    assert isinstance(found, Observed)
    return found


def granted(result) -> Granted:
    assert isinstance(result, Granted), result
    return result


def test_the_first_to_come_takes_epoch_one_and_reads_it_back(make_store, place):
    east = lease(make_store(place), "east")
    assert seen(east) == Observed(None, None)
    won = granted(east.acquire(seen(east), WonBy.FIRST))
    assert won.epoch == 1
    assert seen(lease(make_store(place), "west")) == won.observed


def test_renewals_keep_the_epoch_and_change_the_version_each_time(make_store, place):
    east = lease(make_store(place), "east")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    versions = {held.observed.version}
    for _ in range(5):
        held = granted(east.renew(held.observed, position="0/16B3748"))
        versions.add(held.observed.version)
    assert len(versions) == 6
    assert held.epoch == 1
    record = seen(east).record
    assert record is not None
    assert record.position == "0/16B3748"


def test_a_challenger_whose_reading_is_outdated_gets_nothing_and_changes_nothing(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    basis = seen(west)
    held = granted(east.renew(held.observed))
    assert west.acquire(basis, WonBy.EXPIRY) == HeldByOther("east", 1)
    assert seen(west) == held.observed


def test_a_challenger_takes_a_silent_lease_at_a_higher_epoch_and_the_holder_has_lost_it(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    won = granted(west.acquire(seen(west), WonBy.EXPIRY))
    assert won.epoch == 2
    assert east.renew(held.observed) == Lost("west", 2)
    assert east.release(held.observed) == Lost("west", 2)
    assert seen(east) == won.observed


def test_the_new_epoch_is_above_all_that_the_challenger_saw(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    granted(east.acquire(seen(east), WonBy.FIRST))
    assert granted(west.acquire(seen(west), WonBy.EXPIRY, seen_epoch=7)).epoch == 8


def test_a_record_that_is_gone_gives_no_epoch_by_silence(make_store, place):
    west = lease(make_store(place), "west")
    assert west.acquire(seen(west), WonBy.EXPIRY, seen_epoch=7) == HeldByOther("", 0)
    assert seen(west) == Observed(None, None)


def test_a_restored_record_is_nobodys_and_is_taken_one_epoch_above(make_store, place):
    store, west = make_store(place), lease(make_store(place), "west")
    assert store.replace(text_of(restored("orders", 8)), None)
    assert isinstance(west.renew(seen(west)), Lost)
    assert isinstance(west.acquire(seen(west), WonBy.RELEASE), HeldByOther)
    assert granted(west.acquire(seen(west), WonBy.EXPIRY)).epoch == 9


def test_a_lease_released_to_one_region_is_not_free_for_another(make_store, place):
    east, west, north = (lease(make_store(place), region) for region in ("east", "west", "north"))
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    assert isinstance(east.release(held.observed, successor="west", position="gtid:1-9"), Released)
    assert north.acquire(seen(north), WonBy.RELEASE) == HeldByOther("east", 1)
    won = granted(west.acquire(seen(west), WonBy.RELEASE))
    assert won.epoch == 2


def test_the_last_position_stays_until_somebody_else_may_write(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    assert isinstance(east.release(held.observed, successor="west", position="gtid:1-9"), Released)
    held = granted(west.acquire(seen(west), WonBy.RELEASE))
    # Another process of the same boot reads it from the store.
    record = seen(lease(make_store(place), "west")).record
    assert record is not None
    assert (record.holder, record.writer, record.handed_over, record.position) == ("west", "east", True, "gtid:1-9")
    held = granted(west.renew(held.observed))
    assert isinstance(west.release(held.observed, position="gtid:1-7", wrote=False), Released)
    record = seen(east).record
    assert record is not None
    assert (record.released, record.writer, record.handed_over, record.position) == (True, "east", True, "gtid:1-9")


def test_who_wrote_and_does_not_know_its_last_position_hands_none_over(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    assert isinstance(east.release(held.observed, position="gtid:1-9"), Released)
    held = granted(west.acquire(seen(west), WonBy.RELEASE))
    assert isinstance(west.release(held.observed), Released)
    record = seen(east).record
    assert record is not None
    assert (record.writer, record.position) == ("west", "")


def test_a_lease_that_was_taken_by_silence_hands_nothing_over(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    granted(east.renew(held.observed, position="gtid:1-9"))
    held = granted(west.acquire(seen(west), WonBy.EXPIRY))
    record = held.observed.record
    assert record is not None
    assert (record.writer, record.handed_over, record.position) == ("east", False, "")
    assert isinstance(west.release(held.observed, wrote=False), Released)
    record = seen(east).record
    assert record is not None
    assert (record.writer, record.handed_over) == ("east", False)


def test_nobody_is_first_behind_another(make_store, place):
    east, west = lease(make_store(place), "east"), lease(make_store(place), "west")
    granted(east.acquire(seen(east), WonBy.FIRST))
    assert west.acquire(seen(west), WonBy.FIRST) == HeldByOther("east", 1)


def test_another_boot_of_the_same_region_holds_nothing(make_store, place):
    before, after = lease(make_store(place), "east"), lease(make_store(place), "east", instance="boot-2")
    held = granted(before.acquire(seen(before), WonBy.FIRST))
    assert after.renew(held.observed) == Lost("east", 1)
    assert granted(after.acquire(seen(after), WonBy.EXPIRY)).epoch == 2


def test_a_process_that_starts_again_in_the_same_boot_takes_its_lease_up(make_store, place):
    before = lease(make_store(place), "east")
    granted(before.acquire(seen(before), WonBy.FIRST))
    again = lease(make_store(place), "east")
    assert granted(again.renew(seen(again))).epoch == 1


def test_a_renewal_whose_answer_was_lost_does_not_lose_the_lease(make_store, place):
    east = lease(make_store(place), "east")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    granted(east.renew(held.observed))
    assert granted(east.renew(held.observed)).epoch == 1


def test_a_strangers_lease_is_told_in_one_sentence_and_left_alone(make_store, place):
    stranger, east = lease(make_store(place), "east", topology="billing"), lease(make_store(place), "east")
    held = granted(stranger.acquire(seen(stranger), WonBy.FIRST))
    found = east.read()
    assert isinstance(found, Foreign)
    assert '"billing"' in found.sentence
    assert '"orders"' in found.sentence
    assert isinstance(east.acquire(Observed(None, None), WonBy.FIRST), Foreign)
    assert seen(stranger) == held.observed


def test_something_that_is_no_lease_is_told_and_left_alone(make_store, place):
    store = make_store(place)
    east = lease(store, "east")
    held = granted(east.acquire(seen(east), WonBy.FIRST))
    # A record of which most is missing: every store can hold it.
    assert store.replace('{"holder": "x", "instance": "y", "epoch": 1, "released": false}', held.observed.version)
    assert isinstance(east.read(), Foreign)
    assert isinstance(east.renew(held.observed), Foreign)


def test_validity_counts_from_sending_not_from_the_answer(make_store, place):
    ticks = iter(range(100))
    east = lease(make_store(place), "east", clock=lambda: next(ticks))
    assert granted(east.acquire(Observed(None, None), WonBy.FIRST)).sent_at == 0


class Cut:
    """A store whose requests or answers are lost on demand."""

    def __init__(self, store) -> None:
        self.store = store
        self.lose = ""

    @property
    def place(self) -> str:
        return self.store.place

    def load(self):
        if self.lose:
            raise StoreUnreachable("cut")
        return self.store.load()

    def replace(self, text, version):
        if self.lose == "request":
            raise StoreUnreachable("cut")
        answer = self.store.replace(text, version)
        if self.lose == "answer":
            raise StoreUnreachable("cut")
        return answer


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_claim_without_an_answer_is_unreachable_and_is_taken_up_where_it_was_carried_out(make_store, place, lost):
    cut = Cut(make_store(place))
    east = lease(cut, "east")
    basis = seen(east)
    cut.lose = lost
    assert isinstance(east.acquire(basis, WonBy.FIRST), Unreachable)
    cut.lose = ""
    assert granted(east.acquire(seen(east), WonBy.FIRST)).epoch == 1


class SentTwice:
    """A store below which every write is sent twice, as a proxy that retries does."""

    def __init__(self, store) -> None:
        self.store = store
        self.place = store.place

    def load(self):
        return self.store.load()

    def replace(self, text, version):
        self.store.replace(text, version)
        return self.store.replace(text, version)


def test_an_earlier_claim_of_its_own_is_not_taken_for_the_one_that_was_just_refused(make_store, place):
    # Its validity would count from the refused request, and the challenger's wait from the earlier one.
    east = lease(make_store(place), "east", written_at=lambda: "the same second")
    granted(east.acquire(Observed(None, None), WonBy.FIRST))
    assert east.acquire(Observed(None, None), WonBy.FIRST) == HeldByOther("east", 1)


def test_a_claim_that_a_layer_below_sent_twice_is_won(make_store, place):
    east = lease(SentTwice(make_store(place)), "east")
    assert granted(east.acquire(Observed(None, None), WonBy.FIRST)).epoch == 1


@pytest.mark.parametrize("ground", [WonBy.FIRST, WonBy.EXPIRY])
def test_of_many_that_race_for_one_epoch_exactly_one_wins(make_store, place, ground):
    epoch = 1
    if ground is WonBy.EXPIRY:
        north = lease(make_store(place), "north")
        granted(north.acquire(seen(north), WonBy.FIRST))
        epoch = 2
    racers = [lease(make_store(place), f"region-{number}") for number in range(8)]
    basis = seen(racers[0])
    barrier, results = threading.Barrier(len(racers)), []

    def race(racer: Lease) -> None:
        barrier.wait()
        results.append(racer.acquire(basis, ground))

    threads = [threading.Thread(target=race, args=(racer,)) for racer in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [result for result in results if isinstance(result, Granted)]
    assert [one.epoch for one in won] == [epoch]
    assert len(results) == 8
    record = seen(racers[0]).record
    assert record is not None
    for result in results:
        assert result in won or result == HeldByOther(record.holder, epoch), result


class Model(RuleBasedStateMachine):
    """What a sequence of requests by three regions does, against what it has to do."""

    make_store: Any = None
    regions = st.sampled_from(["east", "west", "north"])

    @initialize()
    def start(self) -> None:
        name = f"model-{uuid.uuid4().hex[:10]}"
        assert Model.make_store is not None
        self.leases = {region: lease(Model.make_store(name), region) for region in ("east", "west", "north")}
        self.bases = {region: Observed(None, None) for region in self.leases}
        self.holder, self.epoch, self.free_for, self.version = None, 0, "", 0
        self.read_at = dict.fromkeys(self.leases, 0)

    def _changed(self) -> None:
        self.version += 1

    @rule(region=regions)
    def read(self, region):
        self.bases[region], self.read_at[region] = seen(self.leases[region]), self.version

    @rule(region=regions, ground=st.sampled_from(list(WonBy)))
    def acquire(self, region, ground):
        basis = self.bases[region]
        result = self.leases[region].acquire(basis, ground)
        current = self.read_at[region] == self.version
        own_basis = basis.record is not None and basis.record.holder == region and not basis.record.released
        if own_basis:
            expected = self.holder == region
        elif ground is WonBy.FIRST:
            expected = current and self.epoch == 0
        elif ground is WonBy.RELEASE:
            expected = current and self.holder is None and self.epoch > 0 and self.free_for in ("", region)
        else:
            expected = current and self.epoch > 0
        if not expected:
            assert isinstance(result, HeldByOther)
            return
        self.epoch += 0 if own_basis else 1
        self.holder = region
        assert granted(result).epoch == self.epoch
        self._changed()

    @rule(region=regions)
    def renew(self, region):
        basis = self.bases[region]
        result = self.leases[region].renew(basis)
        believes = basis.record is not None and basis.record.holder == region and not basis.record.released
        if believes and self.holder == region:
            assert granted(result).epoch == self.epoch
            self._changed()
        else:
            assert isinstance(result, Lost)

    @rule(region=regions, successor=st.sampled_from(["", "west"]))
    def release(self, region, successor):
        basis = self.bases[region]
        result = self.leases[region].release(basis, successor=successor or None)
        believes = basis.record is not None and basis.record.holder == region and not basis.record.released
        if believes and self.holder == region:
            assert isinstance(result, Released)
            self.holder, self.free_for = None, successor
            self._changed()
        else:
            assert isinstance(result, Lost)

    @precondition(lambda self: self.epoch > 0)
    @invariant()
    def the_record_is_as_it_has_to_be(self):
        record = seen(self.leases["east"]).record
        assert record is not None
        assert record.epoch == self.epoch
        assert (None if record.released else record.holder) == self.holder


def test_any_sequence_of_requests_does_what_the_model_says(make_store):
    Model.make_store = staticmethod(make_store)
    run_state_machine_as_test(
        Model,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
