"""What is told of a cluster that a test plays: secrets, missing rights, notes about what was not looked at."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from dbaas_components.diff.document import Document, Saved
from dbaas_components.drift.cluster import DryRunRefused
from dbaas_components.drift.looking import Drift, find_drift
from dbaas_components.drift.report import FORMATS

META = {"name": "one", "namespace": "shop"}


class Played:
    """A cluster that holds one object, and applies as an API server without defaults would."""

    def __init__(self, live: dict[str, Any] | None, status: int = 0) -> None:
        self.live = live
        self.status = status

    def read(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        return self.live

    def dry_run(self, value: Mapping[str, Any], manager: str) -> dict[str, Any]:
        if self.status:
            raise DryRunRefused(self.status)
        return {**(self.live or {}), **value}


def found(kind: str, inputs: dict[str, Any], live: dict[str, Any] | None, status: int = 0, **options: Any) -> Drift:
    token = f"kubernetes:core/v1:{kind}"
    whole = {"apiVersion": "v1", "kind": kind, "metadata": META, **inputs}
    saved = Saved(f"urn:pulumi:dev::p::{token}::one", token, "one", inputs=whole, **options)
    there = None if live is None else {"apiVersion": "v1", "kind": kind, "metadata": META, **live}
    cluster = Played(there, status)
    return find_drift(Document("p", "dev", (saved,)), lambda _: cluster)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("form", FORMATS)
def test_neither_side_of_a_secret_is_shown_in_any_form(form: str) -> None:
    inputs = {"stringData": {"password": {"$secret": "the-program-says"}}}
    drift = found("Secret", inputs, {"data": {"password": encoded("the-cluster-says")}}, status=403)
    text = FORMATS[form](drift)
    assert drift.found
    for word in ("the-program-says", "the-cluster-says"):
        assert word not in text
        assert encoded(word) not in text


def test_the_same_secret_in_both_forms_is_no_drift() -> None:
    inputs = {"stringData": {"password": {"$secret": "word-one"}}}
    assert not found("Secret", inputs, {"data": {"password": encoded("word-one")}}, status=403).found


def test_without_the_right_to_try_only_what_the_program_writes_is_compared() -> None:
    inputs = {"data": {"a": "1"}}
    same = found("ConfigMap", inputs, {"data": {"a": "1", "b": "2"}}, status=403)
    assert not same.found
    assert "no dry run (whoever asks may not apply it)" in same.notes[0]
    other = found("ConfigMap", inputs, {"data": {"a": "2", "b": "2"}}, status=422)
    assert [one.change.path for one in other.drifted] == ["data.a"]
    assert "answers 422" in other.notes[0]


def test_what_only_an_engine_knows_is_left_out() -> None:
    inputs = {"data": {"a": {"$secret": "[secret]"}, "b": {"$unknown": True}, "c": "1"}}
    drift = found("ConfigMap", inputs, {"data": {"a": "x", "b": "y", "c": "1"}})
    assert not drift.found


def test_a_field_that_is_ignored_is_left_out() -> None:
    drift = found("ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}, ignore_changes=("data.a",))
    assert drift.drifted == ()


def test_what_is_not_there_is_deleted() -> None:
    drift = found("PersistentVolumeClaim", {"spec": {}}, None, protect=True, retain_on_delete=True)
    (one,) = drift.drifted
    assert one.change.effect.slug == "data-loss"
    assert one.change.does.startswith("somebody deleted it")


def test_what_is_not_looked_at_is_counted() -> None:
    bucket = Saved("urn:pulumi:dev::p::aws:s3/bucket:Bucket::b", "aws:s3/bucket:Bucket", "b")
    chart = Saved("urn:pulumi:dev::p::kubernetes:helm.sh/v3:Release::c", "kubernetes:helm.sh/v3:Release", "c")
    drift = find_drift(Document("p", "dev", (bucket, chart)), lambda _: Played(None))
    assert (drift.looked, drift.found) == (0, False)
    assert "2 resources" in drift.notes[0]


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_nobody_is_told_that_an_up_takes_it_back_where_the_engine_does_not_see_it(form: str) -> None:
    inputs = {"data": {"text": "as it was"}}
    text = FORMATS[form](found("ConfigMap", inputs, {"data": {"text": "by hand"}}))
    assert "to take it back: " in text
    assert "alone takes nothing of it back" in text
    assert "alone takes nothing" not in FORMATS[form](found("ConfigMap", inputs, inputs))
