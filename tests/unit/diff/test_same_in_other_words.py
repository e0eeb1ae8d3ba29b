"""What is written in two ways and means the same is no difference; what only looks alike is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import SECRET, Document, Saved
from dbaas_components.diff.postgresql import same_setting

SECRET_TYPE = "kubernetes:core/v1:Secret"
POLICY = "aws:iam/policy:Policy"


def changes(type_: str, before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    meta = {"metadata": {"name": "one", "namespace": "shop"}} if type_.startswith("kubernetes:") else {}
    sides = [
        Document(
            "shop", "dev", (Saved(f"urn:pulumi:dev::shop::{type_}::one", type_, "one", inputs={**meta, **inputs}),)
        )
        for inputs in (before, after)
    ]
    return compare(sides[0], sides[1])


def test_text_and_bytes_of_a_secret_are_the_same() -> None:
    text = {"stringData": {"a": "hello", "b": "x"}}
    assert not changes(SECRET_TYPE, text, {"data": {"a": "aGVsbG8="}, "stringData": {"b": "x"}})
    (other,) = changes(SECRET_TYPE, text, {"data": {"a": "b3RoZXI="}, "stringData": {"b": "x"}})
    assert other.path == "data.a"
    # Of a marked secret only a digest is known.
    assert changes(SECRET_TYPE, {"stringData": {"a": {SECRET: "digest"}}}, {"data": {"a": "aGVsbG8="}})


@pytest.mark.parametrize(
    ("one", "other"),
    [(200, "200"), ("256MB", "262144kB"), ("1h", "60min"), ("on", True), ("off", "no"), ("1GB", "1024 MB")],
)
def test_a_parameter_in_two_notations_is_the_same(one: object, other: object) -> None:
    assert same_setting(one, other)
    assert same_setting(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9" * 5_000 + "MB", "1MB"),
        ("256MB", "256kB"),
        ("1", "on"),
        ("1min", "1MB"),
        (None, None),
        ("8", "8MB"),
        ("on", "off"),
    ],
)
def test_a_parameter_of_another_unit_is_another(one: object, other: object) -> None:
    assert not same_setting(one, other)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ALLOWED = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::acme/shop/*"}


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        (document({**ALLOWED, "Action": "s3:GetObject"}), Effect.ONLINE),
        (document({**ALLOWED, "Resource": ["arn:aws:s3:::acme/shop/*", "arn:aws:s3:::acme/crm/*"]}), Effect.ONLINE),
        (document({**ALLOWED, "Resource": "arn:aws:s3:::acme/*"}), Effect.LESS_PROTECTION),
        (document({**ALLOWED, "Resource": "*"}), Effect.LESS_PROTECTION),
        (document({**ALLOWED, "Action": "s3:*"}), Effect.LESS_PROTECTION),
        (document({"Effect": "Allow", "NotAction": "s3:DeleteObject", "Resource": "x"}), Effect.LESS_PROTECTION),
        ("no document", Effect.LESS_PROTECTION),
    ],
)
def test_a_policy_that_comes_to_allow_much_is_told(after: str, effect: Effect) -> None:
    (one,) = changes(POLICY, {"policy": document(ALLOWED)}, {"policy": after})
    assert one.effect == effect


def test_a_document_of_very_many_rights_takes_no_time_and_counts_as_much() -> None:
    names = [f"arn:aws:s3:::acme/{number}" for number in range(5_000)]
    huge = document({**ALLOWED, "Action": [f"s3:Get{number}" for number in range(5_000)], "Resource": names})
    (one,) = changes(POLICY, {"policy": document(ALLOWED)}, {"policy": huge})
    assert one.effect == Effect.LESS_PROTECTION


@pytest.mark.parametrize(
    ("field", "kept", "taken"),
    [
        ("deletionPolicy", "Orphan", "Delete"),
        ("deletionAllowed", False, True),
        ("deletionProtectionEnabled", True, False),
        ("preventDestroy", True, False),
    ],
)
def test_what_an_object_says_of_its_own_deletion_is_told_by_its_direction(
    field: str, kept: object, taken: object
) -> None:
    (one,) = changes("some:index/thing:Thing", {field: kept}, {field: taken})
    assert one.effect == Effect.LESS_PROTECTION
    (one,) = changes("some:index/thing:Thing", {field: taken}, {field: kept})
    assert one.effect == Effect.ONLINE


def test_what_is_no_longer_denied_is_told() -> None:
    denied = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::acme/shop/1"}
    (one,) = changes(POLICY, {"policy": document(ALLOWED, denied)}, {"policy": document(ALLOWED)})
    assert one.effect == Effect.LESS_PROTECTION
