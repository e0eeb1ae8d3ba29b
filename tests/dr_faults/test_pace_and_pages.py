"""When a machine counts as too slow, what is then done again, and which lines of the runbooks nobody runs."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from dbaas_components.dr.timing import LeaseTiming
from tests.dr_faults.carrying import carry_all_out, carry_out
from tests.dr_faults.kubectl_lines import ANSWERED, PAGES, lines, verb_of
from tests.dr_faults.pace import LONGEST_STRETCH, Looks, Pace, Struck, too_slow


def test_stretched_times_keep_every_condition_and_a_fault_outlasts_the_lease():
    pace: Pace | None = Pace()
    while pace is not None:
        timing = LeaseTiming.model_validate(pace.timing)
        assert pace.held > timing.challenger_wait
        assert pace.stretch <= LONGEST_STRETCH
        pace = pace.slower()


def looks(tmp_path: Any, *times: float) -> Looks:
    file = tmp_path / f"{times[-1]}.looks"
    file.write_text("".join(f"{one}\n" for one in times))
    return Looks("agent of pg in eu", ("eu", "witness"), 1.25, file)


def test_an_agent_that_looks_too_late_is_told_unless_a_fault_of_its_places_explains_it(tmp_path):
    late = looks(tmp_path, 10.0, 11.0, 12.5)
    assert "looked only after 1.50 s" in too_slow([late], [], 0, 1)
    assert too_slow([late], [], 12.6, 1) == ""
    assert too_slow([looks(tmp_path, 10.0, 11.0, 12.2)], [], 0, 1) == ""
    for fault, told in ((Struck("eu", 12.0), False), (Struck("witness", 9.0, 10.5), False), (Struck("us", 12.0), True)):
        assert bool(too_slow([late], [fault], 0, 1)) is told
    assert too_slow([late], [Struck("eu", 12.6)], 0, 1)
    assert too_slow([late], [Struck("eu", 1.0, 9.9)], 0, 1)


def land(slow: str) -> Any:
    found = SimpleNamespace(pace=Pace(), as_it_began=False, clears=0)

    def clear() -> None:
        found.clears += 1

    found.clear, found.too_slow = clear, lambda since: slow
    return found


def player(*answers: str) -> tuple[list[str], Any]:
    played: list[str] = []

    def play(one: str) -> str:
        played.append(one)
        return answers[len(played) - 1] if len(played) <= len(answers) else ""

    return played, play


def test_what_went_wrong_on_a_machine_that_was_too_slow_is_done_again_with_longer_times_from_a_new_beginning():
    found, (played, play) = land("too slow"), player("", "wrong")
    carry_out(found, lambda land: "", ["switchover", "failback"], play)
    assert played == ["switchover", "failback", "switchover", "failback"]
    assert (found.pace.stretch, found.clears, found.as_it_began) == (2, 1, True)


def test_what_went_wrong_on_a_machine_that_kept_the_pace_is_a_failure():
    found, (played, play) = land(""), player("wrong")
    with pytest.raises(AssertionError, match="wrong"):
        carry_out(found, lambda land: "", ["switchover"], play)
    assert played == ["switchover"]
    assert not found.as_it_began


def test_a_machine_that_is_too_slow_for_the_longest_times_is_a_failure():
    found = land("too slow")
    with pytest.raises(AssertionError, match="too slow for times 8 times as long"):
        carry_out(found, lambda land: "", ["switchover"], lambda one: "wrong")


def test_the_long_set_goes_on_behind_what_went_wrong_and_tells_it():
    found, (played, play) = land(""), player("wrong")
    assert carry_all_out(found, lambda land: "", ["gameday", "failback"], play) == ["wrong"]
    assert played == ["gameday", "switchover", "failback"]


def test_every_kubectl_line_of_a_runbook_is_one_that_an_api_server_answers_or_needs_a_pod():
    found = {line: verb_of(line) for page in sorted(PAGES.glob("*.md")) for line in lines(page)}
    assert set(found.values()) == {"get", "exec"}
    assert {verb for verb in found.values() if verb != "exec"} <= set(ANSWERED)
    for page in PAGES.glob("*.md"):
        assert len(lines(page)) == len(re.findall(r"(?m)(?:^|`)kubectl ", page.read_text())), page.name
