"""What an engine wrote is read whatever is new in it, missing from it or cut off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.preview.judging import judge
from dbaas_components.diff.preview.reading import read_preview
from dbaas_components.diff.preview.running import Output, build_report, last_words

URN = "urn:pulumi:dev::shop::kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster::orders-database"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "never-shown"}


def state(size: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "urn": URN,
        "type": "kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster",
        "custom": True,
        "inputs": {
            "apiVersion": "pxc.percona.com/v1",
            "kind": "PerconaXtraDBCluster",
            "metadata": {"name": "orders", "namespace": "shop"},
            "spec": {"pxc": {"size": size}},
        },
        **more,
    }


def step(operation: str, **fields: Any) -> dict[str, Any]:
    return {"op": operation, "urn": URN, "oldState": state(), "newState": state(5), **fields}


def digest(*steps: dict[str, Any], **more: Any) -> str:
    return json.dumps({"steps": list(steps), "changeSummary": {"update": 1}, **more}, indent=4)


def lines(*events: dict[str, Any]) -> str:
    return "\n".join(json.dumps({"sequence": number, "timestamp": 1, **event}) for number, event in enumerate(events))


def test_fields_and_events_that_nobody_knows_are_passed_over() -> None:
    preview = read_preview(digest(step("update", news={"x": 1}), newPart={"a": [1]}))
    assert preview.complete
    assert [one.path for one in judge(preview).changes] == ["spec.pxc.size"]
    events = lines({"resourcePreEvent": {"metadata": {"op": "update", "urn": URN, "old": state(), "new": state(5)}}})
    events += "\n" + lines({"newEvent": {"a": 1}}, {"summaryEvent": {"resourceChanges": {"update": 1}}})
    assert "ends before" in read_preview(events).problems[0]
    streamed = read_preview(events + "\n" + lines({"cancelEvent": {}}))
    assert streamed.complete
    assert judge(streamed).changes == judge(preview).changes


def test_an_operation_that_nobody_knows_is_told_as_the_worst_and_needs_leave() -> None:
    found = judge(read_preview(digest(step("transmogrify"))))
    (line,) = [one for one in found.changes if one.path == "engine transmogrify"]
    assert line.effect == Effect.DATA_LOSS
    assert "not known here" in found.disagreements[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no preview"),
        ("error: no stack selected", "no preview"),
        ("null", "no preview"),
        ("[]", "no preview"),
        ("{", "no preview"),
        ('{"steps": 5}', "ends before"),
        ('{"steps": [{"op": 1}], "changeSummary": {}}', "no URN"),
        ('{"steps": [null], "changeSummary": {}}', "no URN"),
        ('{"steps": [], "changeSummary": {}, "maybeCorrupt": true}', "corrupt"),
    ],
)
def test_what_is_no_whole_preview_is_never_taken_for_one(text: str, says: str, tmp_path: Path) -> None:
    preview = read_preview(text)
    assert any(says in problem for problem in preview.problems)
    report, _ = build_report(Output(text), tmp_path, None, None)
    assert not report.passed


def test_messages_before_and_after_the_digest_do_not_matter() -> None:
    text = f'warning: a new version is there\n{digest(step("update"))}\n{{"error": 1}}\n'
    assert read_preview(text).complete
    assert len(judge(read_preview(text)).changes) == 1


def test_an_error_of_the_engine_makes_the_preview_incomplete() -> None:
    text = digest(step("update"), diagnostics=[{"severity": "error", "message": "error: <{%reset%}>it failed"}])
    preview = read_preview(text)
    assert not preview.complete
    assert preview.errors == ("it failed",)
    assert len(judge(preview).changes) == 1


def test_an_exit_code_alone_makes_the_preview_incomplete() -> None:
    assert not read_preview(digest(step("update")), code=255).complete


@pytest.mark.parametrize(("level", "refused"), [("mandatory", True), ("advisory", False), ("something-new", True)])
def test_what_a_policy_says_is_told_and_refuses_by_its_level(level: str, refused: bool, tmp_path: Path) -> None:
    event = {
        "policyEvent": {
            "resourceUrn": URN,
            "message": "<{%fg 1%}>encrypt it",
            "policyName": "encryption",
            "policyPackName": "dbaas",
            "enforcementLevel": level,
        }
    }
    output = Output(digest(step("update")), lines(event))
    report, _ = build_report(output, tmp_path, None, None)
    assert report.engine is not None
    told = report.engine.policies_refused if refused else report.engine.policies_advised
    assert told == ("policy dbaas/encryption on orders-database: encrypt it",)
    assert report.passed is not refused


def test_a_replacement_that_we_call_less_takes_the_engines_word_and_is_told_as_a_disagreement() -> None:
    steps = [
        step(operation, replaceReasons=["spec.pxc.size"], detailedDiff={"spec.pxc.size": {"kind": "update-replace"}})
        for operation in ("create-replacement", "replace", "delete-replaced")
    ]
    found = judge(read_preview(digest(*steps)))
    assert max(one.effect for one in found.changes) == Effect.DATA_LOSS
    (words,) = found.disagreements
    assert "the engine replaces it because of spec.pxc.size; we found online" in words


def test_an_update_that_changes_nothing_that_can_be_seen_is_told() -> None:
    secret = {"type": "kubernetes:core/v1:Secret", "custom": True, "inputs": {"kind": "Secret", "data": {"a": SECRET}}}
    urn = "urn:pulumi:dev::shop::kubernetes:core/v1:Secret::keys"
    text = digest({"op": "update", "urn": urn, "oldState": secret, "newState": secret, "diffReasons": ["data"]})
    found = judge(read_preview(text))
    (line,) = found.changes
    assert line.effect == Effect.ROLLING_RESTART
    assert "never-shown" not in repr(found)


def test_what_a_refresh_found_in_the_cluster_is_what_the_program_is_compared_with() -> None:
    refreshed = step("refresh", oldState=state(3), newState=state(3))
    found = judge(read_preview(digest(refreshed, step("update", oldState=state(5), newState=state(3)))))
    assert [(one.path, one.old, one.new) for one in found.changes] == [("spec.pxc.size", 5, 3)]
    assert found.disagreements == ()
    # Somebody deleted it; the engine makes it anew.
    found = judge(read_preview(digest(refreshed, step("create", oldState=None, newState=state(3)))))
    assert [(one.path, one.effect) for one in found.changes] == [("", Effect.ONLINE)]


def test_a_change_that_the_engine_does_not_see_is_a_disagreement() -> None:
    found = judge(read_preview(digest(step("same"))))
    assert "the engine changes nothing; we tell online" in found.disagreements[0]


def test_protection_which_the_engine_keeps_in_its_state_without_a_step_is_no_disagreement() -> None:
    protected = step("same", oldState=state(3, protect=True), newState=state(3))
    found = judge(read_preview(digest(protected)))
    assert [(one.path, one.effect) for one in found.changes] == [("protect", Effect.LESS_PROTECTION)]
    assert found.disagreements == ()


def test_a_message_of_several_lines_is_told_in_one() -> None:
    message = "error: orders: refused\n  spec.size: too small\n\nfix: write more\n"
    event = {"diagnosticEvent": {"severity": "error", "message": message}}
    assert read_preview(lines(event, {"summaryEvent": {}})).errors == (
        "orders: refused; spec.size: too small; fix: write more",
    )


def test_the_last_words_of_an_engine_that_failed_before_its_preview_say_why() -> None:
    said = '\n code: 255\n stdout: \n{"sequence":1}\n stderr: error: 2 errors occurred:\n\t* no pack\n\t* no plugin\n\n'
    assert last_words(said) == "error: 2 errors occurred:; * no pack; * no plugin"
    assert last_words("code: 1\nit went away") == "code: 1; it went away"


def test_a_deletion_that_keeps_the_object_is_no_loss() -> None:
    text = digest({"op": "delete", "urn": URN, "oldState": state(retainOnDelete=True)})
    (line,) = judge(read_preview(text)).changes
    assert line.effect == Effect.LESS_PROTECTION


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_text_whatever_stops_the_reader(data: st.DataObject) -> None:
    text = digest(step("update"), step("delete"), diagnostics=[{"severity": "warning", "message": "m"}])
    at = data.draw(st.integers(0, len(text)))
    middle = data.draw(st.text(max_size=20))
    until = data.draw(st.integers(at, len(text)))
    judge(read_preview(text[:at] + middle + text[until:], middle))


KEYS = ["steps", "op", "urn", "oldState", "newState", "inputs", "detailedDiff", "diagnostics", "custom", "type", "kind"]
KEYS += ["metadata"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "metadata"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=60)
@given(value=VALUES)
def test_no_json_whatever_stops_the_reader(value: Any) -> None:
    text = json.dumps({"steps": [value, {"op": "update", "urn": URN, "oldState": value, "newState": value}]})
    judge(read_preview(text))
    judge(read_preview(json.dumps(value)))
