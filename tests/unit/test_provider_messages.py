"""What the stand-in provider says when the API server refuses, and what it never says."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from embedded.provider.refusals import explain
from embedded.provider.rest import ApiError
from embedded.provider.secrets import redact, secret_texts

PASSWORD = "correct horse battery"


def status(message: str, reason: str = "Invalid", causes: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {"message": message, "reason": reason, "details": {"causes": causes or []}}


def test_invalid_fields_are_listed_one_a_line() -> None:
    error = ApiError(
        422,
        status(
            "...",
            causes=[
                {"field": "spec.replicas", "message": "Invalid value: -1: must be greater than or equal to 0"},
                {"field": "spec.selector", "message": "Required value"},
            ],
        ),
    )
    assert explain("Deployment shop/web", error).splitlines() == [
        "Deployment shop/web: the API server refused 2 fields",
        "  spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "  spec.selector: Required value",
    ]


def test_a_conflict_names_the_manager_the_field_and_the_ways_out() -> None:
    causes = [{"reason": "FieldManagerConflict", "message": 'conflict with "kubectl"', "field": ".spec.replicas"}]
    text = explain("Deployment shop/web", ApiError(409, status("Apply failed", "Conflict", causes)))
    assert '  spec.replicas: managed by "kubectl"' in text.splitlines()
    assert 'pulumi.com/patchForce: "true"' in text
    assert "ignore_changes" in text


def test_fields_that_a_kind_does_not_have_are_listed() -> None:
    message = (
        "failed to create typed patch object (a/b; v1, Kind=X): errors:\n  .spec.a: field not declared in schema\n"
    )
    text = explain("X a/b", ApiError(500, status(message, "")))
    assert text.splitlines() == ["X a/b: the API server refused 1 field", "  spec.a: is not a field of this kind"]


def test_strict_decoding_errors_are_listed() -> None:
    message = 'strict decoding error: unknown field "spec.a", duplicate field "spec.b"'
    text = explain("X b", ApiError(400, status(message, "BadRequest")))
    assert text.splitlines()[1:] == ["  spec.a: is an unknown field", "  spec.b: is a duplicate field"]


def test_an_immutable_field_comes_with_the_way_to_change_it() -> None:
    causes = [{"field": "spec.selector", "message": "Invalid value: field is immutable"}]
    assert "replace_on_changes" in explain("X b", ApiError(422, status("field is immutable", causes=causes)))


@pytest.mark.parametrize(
    "spelling",
    [
        PASSWORD,
        base64.b64encode(PASSWORD.encode()).decode(),
        f"it was {PASSWORD}, twice {PASSWORD}",
        f"cut off {PASSWORD[:12]}...",
    ],
)
def test_no_spelling_of_a_secret_is_repeated(spelling: str) -> None:
    secrets = secret_texts({"spec": {"password": PASSWORD}}, {("spec", "password")})
    causes = [{"field": "spec.password", "message": f'Invalid value: "{spelling}": too weak'}]
    text = explain("X b", ApiError(422, status("...", causes=causes)), secrets)
    assert PASSWORD[:8] not in text
    assert base64.b64encode(PASSWORD.encode()).decode()[:8] not in text


def test_the_values_of_a_secret_count_even_unmarked_and_in_both_spellings() -> None:
    value = {"apiVersion": "v1", "kind": "Secret", "data": {"a": base64.b64encode(PASSWORD.encode()).decode()}}
    assert PASSWORD in secret_texts(value, ())


def test_a_secret_number_is_taken_out_but_not_out_of_longer_numbers() -> None:
    secrets = secret_texts({"port": 42}, {("port",)})
    assert redact("port 42 of 4242", secrets) == "port [secret] of 4242"


@given(st.text(min_size=1, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_message_never_holds_a_long_secret(secret: str, before: str, after: str) -> None:
    assume(len(secret) > 3 and secret not in "[secret]")
    secrets = secret_texts({"a": secret}, {("a",)})
    for spelling in (secret, json.dumps(secret), base64.b64encode(secret.encode()).decode()):
        said = redact(f"{before} {spelling} {after}", secrets)
        assert secret not in said or said.startswith("the API server's message is withheld")


def test_a_message_about_an_object_without_secrets_is_left_as_it_is() -> None:
    assert redact("anything at all", frozenset()) == "anything at all"


def test_a_definition_that_is_nested_deeply_arrives() -> None:
    """Without the SDK, which lifts the limit of its own process."""
    program = (
        "import embedded.provider.protocol\n"
        "from google.protobuf import struct_pb2\n"
        "value = {}\n"
        "for _ in range(60):\n"
        "    value = {'within': value}\n"
        "message = struct_pb2.Struct()\n"
        "message.update(value)\n"
        "assert struct_pb2.Struct.FromString(message.SerializeToString()) == message\n"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)
