"""Values of a graph: secrets that cannot be printed, whole numbers, paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaas_components.evaluate import UNKNOWN, Reference, Secret
from dbaas_components.evaluate.kubernetes import identifier, is_object, object_name
from dbaas_components.evaluate.values import entries, secret_paths, secrets_in
from dbaas_components.evaluate.wire import decode_struct, encode_struct


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{:>20}".format, lambda secret: f"{[secret]}"])
def test_a_secret_never_shows_its_value(show):
    assert "hunter2" not in show(Secret("hunter2"))
    assert "[secret]" in show(Secret("hunter2"))


def test_paths_of_secrets_are_written_as_in_a_configuration():
    value = {"users": [{"name": "a"}, {"password": Secret("x")}], "key": Secret("y"), "plain": 1}
    assert secret_paths(value) == ("key", "users[1].password")
    assert sorted(secrets_in(value)) == ["x", "y"]


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | inner.map(Secret),
    max_leaves=20,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(), _PLAIN))
def test_what_goes_over_the_wire_comes_back_the_same(value):
    back = decode_struct(encode_struct(value))
    assert back == value
    # 1 and 1.0 and True are equal, and must not be mixed up.
    assert sorted(f"{path} {type(item)}" for path, item in entries(back)) == sorted(
        f"{path} {type(item)}" for path, item in entries(value)
    )


def test_numbers_that_are_not_whole_stay_as_they_are():
    back = decode_struct(encode_struct({"ratio": 0.5, "big": 1e300, "whole": 3.0}))
    assert back == {"ratio": 0.5, "big": 1e300, "whole": 3}
    assert isinstance(back["big"], float)
    assert isinstance(back["whole"], int)


def test_a_reference_to_a_resource_keeps_its_identity():
    reference = Reference("urn:pulumi:dev::p::t::n", "id")
    assert decode_struct(encode_struct({"on": reference})) == {"on": reference}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("kubernetes:core/v1:Namespace", True),
        ("kubernetes:pgv2.percona.com/v2:PerconaPGCluster", True),
        ("kubernetes:helm.sh/v3:Release", False),
        ("kubernetes:yaml/v2:ConfigFile", False),
        ("pulumi:providers:kubernetes", False),
        ("aws:s3/bucket:Bucket", False),
    ],
)
def test_only_api_objects_get_a_kubernetes_identity(token, expected):
    assert is_object(token) is expected


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"name": "orders", "namespace": "db"}, "db/orders"),
        ({"name": "db"}, "db"),
        ({"name": UNKNOWN, "namespace": "db"}, None),
        ({"name": Secret("orders")}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_identifier_of_an_object_is_its_namespace_and_name(metadata, expected):
    assert identifier(metadata) == expected


def test_a_generated_name_is_the_same_on_every_run_and_differs_between_resources():
    first = object_name("urn:pulumi:dev::p::t::orders", "orders")
    assert first == object_name("urn:pulumi:dev::p::t::orders", "orders")
    assert first != object_name("urn:pulumi:prod::p::t::orders", "orders")
    assert first.startswith("orders-")
