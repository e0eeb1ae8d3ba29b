"""Times of a lease: what would allow two primaries is refused with its numbers."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dbaas_components.dr.timing import LeaseTiming, lease_timing, monotonic_seconds
from dbaas_components.errors import SpecError


def test_the_defaults_are_safe():
    timing = LeaseTiming()
    assert timing.slowest_fence < timing.shortest_wait


def test_a_wait_that_is_too_short_is_refused_with_the_numbers_and_the_least_that_would_do():
    with pytest.raises(SpecError) as refused:
        lease_timing({"challenger_wait": 50, "lease_seconds": 50})
    assert "(30 + 5 + 20) * 1.01 = 55.55 s is not below 50 * 0.99 = 49.5 s" in str(refused.value)
    assert "raise challenger_wait to at least 57" in str(refused.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(SpecError) as refused:
        lease_timing({"challenger_wait": 40, "tries": 4})
    text = str(refused.value)
    assert "is not below 40 * 0.99 = 39.6 s" in text
    assert "challenger_wait 40 s is below lease_seconds 60 s: raise challenger_wait to at least 60" in text
    assert "4 * (5 + 4) = 36 s is not below holder_validity 30 s" in text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"holder_validity": 0}, "holder_validity"),
        ({"clock_drift": 0.5}, "clock_drift"),
        ({"challenger_wait": float("nan")}, "challenger_wait"),
        ({"tries": 0}, "tries"),
        ({"challenger_wai": 60}, 'did you mean "challenger_wait"?'),
    ],
)
def test_a_setting_out_of_bounds_or_misspelt_is_told_by_its_name(settings, words):
    with pytest.raises(SpecError, match=words.replace("?", r"\?")):
        lease_timing(settings)


seconds = st.floats(0.5, 300)


@given(validity=seconds, pause=seconds, fence=seconds, drift=st.floats(0, 0.3), wait=seconds)
def test_what_is_accepted_leaves_the_holder_fenced_first_at_any_drift_within_the_bound(
    validity, pause, fence, drift, wait
):
    given_times = {
        "holder_validity": validity,
        "agent_pause": pause,
        "fence_seconds": fence,
        "clock_drift": drift,
        "challenger_wait": wait,
        "lease_seconds": min(wait, 1),
        "renew_every": validity / 8,
        "request_timeout": validity / 8,
    }
    try:
        lease_timing(given_times)
    except SpecError as refused:
        advised = float(str(refused).rsplit("at least ", 1)[1])
        assume(advised <= 3_600)
        lease_timing({**given_times, "challenger_wait": advised})
        assert (validity + pause + fence) * (1 + drift) >= wait * (1 - drift)
    else:
        assert (validity + pause + fence) * (1 + drift) < wait * (1 - drift)


def test_the_clock_goes_forward():
    assert monotonic_seconds() <= monotonic_seconds()
