"""Of the errors of a failed program, the one that helps is shown."""

from __future__ import annotations

import pytest

from dbaas_components.evaluate.failure import clearest


def wrapped(error: Exception) -> Exception:
    """The error as the SDK wraps what comes up while it serialises an input, value and all."""
    try:
        try:
            raise error
        except Exception as inner:
            raise ValueError("While processing input: 'data', value hunter2") from inner
    except ValueError as outer:
        return outer


def raised_from_itself(error: Exception) -> Exception:
    """The error as the SDK leaves it when it finds it a second time."""
    try:
        try:
            raise error
        except Exception as again:
            raise again from again
    except type(error) as found:
        return found


@pytest.mark.parametrize("spoil", [lambda error: error, raised_from_itself])
def test_the_programs_own_error_is_found_inside_the_sdks_wrappers(spoil):
    own = KeyError("password")
    assert clearest([None, spoil(wrapped(wrapped(own)))]) is own


def test_an_error_that_is_its_own_cause_does_not_hold_anybody_up():
    alone = raised_from_itself(ValueError("While processing input: 'data'"))
    assert clearest([alone]) is alone


def test_a_recursion_of_the_programs_own_stays_what_it_is():
    own = RecursionError("maximum recursion depth exceeded")
    assert clearest([own]) is own
