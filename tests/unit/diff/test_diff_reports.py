"""Whatever others write into names and values is harmless in every form of the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.grouping import Owner
from dbaas_components.diff.report.model import Report, Side
from dbaas_components.diff.writing import FORMATS, written

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "diff.schema.json").read_text())
HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "a\nb\r\n::error::c",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "@everyone and @org/team",
    "| a | b |\n|---|",
    "`code` **bold** #1 https://evil.example www.evil.example",
    "\u202egnp.exe",
    "]]><!-- -->&amp;",
    "</details><script>",
    "\ud800",
]


def report(text: str, value: Any = None) -> Report:
    change = Change(
        Owner(text, text, text, text), Effect.DATA_LOSS, text, text, text, text, text if value is None else value, text,
        text, text, text, text, (text,), text, urn=text,
    )  # fmt: skip
    side = Side(text, text, {text: text}, (text,))
    return Report(text, side, side, (change,), False, (change,), (), (text,), (text,), text)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_form_carries_what_could_act(form: str, text: str) -> None:
    out = written(report(text), form)
    assert out.encode()
    assert not any(ord(one) < 32 and one not in "\n" for one in out)
    assert "\u202e" not in out
    if form == "markdown":
        for active in ("<img", "<script", "</details><", "](http", "https://evil", "@everyone", "@org", "www.evil"):
            assert active not in out
        rows = [line for line in out.splitlines() if line.startswith("| data loss")]
        assert len(rows) == 1
    if form == "terminal":
        assert "\n::error::" not in out


@pytest.mark.slow
@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_xml_and_json_stay_whole_for_any_text(text: str) -> None:
    ElementTree.fromstring(written(report(text), "junit"))
    jsonschema.validate(json.loads(written(report(text), "json")), SCHEMA)


@pytest.mark.parametrize("form", FORMATS)
def test_a_secret_is_in_no_form(form: str) -> None:
    digest = "0123456789abcdef"
    assert digest not in written(report("a", {"$secret": digest}), form)
    assert digest not in written(report("a", {"deep": [{"$secret": digest}]}), form)


def test_a_comment_is_never_longer_than_a_comment_may_be() -> None:
    many = report("x")
    changes = tuple(many.changes[0] for _ in range(5_000))
    text = written(Report("s", many.base, many.head, changes), "markdown")
    assert len(text) < 65_536
    assert "do not fit" in text
