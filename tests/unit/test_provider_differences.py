"""What the stand-in provider calls a change, and which changes replace."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.provider.differences import Change, changed_fields, compare
from embedded.provider.values import UNKNOWN_TEXT, Unknown

WEB: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}},
}


def changed(**metadata: Any) -> dict[str, Any]:
    return {**WEB, "metadata": {**WEB["metadata"], **metadata}}


def test_the_same_inputs_are_no_change() -> None:
    difference = compare("shop/web", WEB, WEB, "default")
    assert not difference.changes
    assert not difference.delete_before_replace


@pytest.mark.parametrize(
    ("new", "path", "change"),
    [
        ({"replicas": 4}, ("spec", "replicas"), Change.CHANGED),
        ({"replicas": 3, "paused": True}, ("spec", "paused"), Change.ADDED),
        ({}, ("spec", "replicas"), Change.REMOVED),
        ({"replicas": Unknown(UNKNOWN_TEXT)}, ("spec", "replicas"), Change.CHANGED),
        ({"replicas": True}, ("spec", "replicas"), Change.CHANGED),
    ],
)
def test_a_changed_field_is_named_by_its_path(new: dict[str, Any], path: tuple[str, ...], change: Change) -> None:
    old = {**WEB, "spec": {"replicas": 3}}
    difference = compare("shop/web", old, {**WEB, "spec": new}, "default")
    assert difference.changes == {path: change}
    assert not difference.replaces


def test_true_is_not_one_but_one_is_one_point_zero() -> None:
    assert changed_fields({"a": 1}, {"a": True}) == {("a",): Change.CHANGED}
    assert changed_fields({"a": 1}, {"a": 1.0}) == {}


def test_an_absent_field_and_a_null_are_the_same() -> None:
    assert changed_fields({"a": None, "b": 1}, {"b": 1, "c": None}) == {}


def test_list_elements_are_compared_by_position() -> None:
    assert changed_fields({"a": [{"x": 1}, 2]}, {"a": [{"x": 2}, 2, 3]}) == {
        ("a", 0, "x"): Change.CHANGED,
        ("a", 2): Change.ADDED,
    }
    assert changed_fields({"a": [1, 2]}, {"a": [1]}) == {("a", 1): Change.REMOVED}


@pytest.mark.parametrize("key", ["name", "namespace"])
def test_another_name_or_namespace_replaces_and_makes_the_new_object_first(key: str) -> None:
    difference = compare("shop/web", WEB, changed(**{key: "other"}), "default")
    assert difference.replaces == {("metadata", key)}
    assert not difference.delete_before_replace


def test_another_kind_replaces_and_makes_the_new_object_first() -> None:
    difference = compare("shop/web", WEB, {**WEB, "kind": "StatefulSet"}, "default")
    assert difference.replaces == {("kind",)}
    assert not difference.delete_before_replace


def test_another_version_of_the_group_replaces_and_deletes_the_old_object_first() -> None:
    difference = compare("shop/web", WEB, {**WEB, "apiVersion": "apps/v2"}, "default")
    assert difference.replaces == {("apiVersion",)}
    assert difference.delete_before_replace


def test_another_group_replaces_and_makes_the_new_object_first() -> None:
    difference = compare("shop/web", WEB, {**WEB, "apiVersion": "other/v1"}, "default")
    assert difference.replaces == {("apiVersion",)}
    assert not difference.delete_before_replace


def test_an_autonamed_object_is_replaced_by_a_new_one_first() -> None:
    autonamed = changed(annotations={"pulumi.com/autonamed": "true"})
    difference = compare("shop/web", autonamed, {**autonamed, "apiVersion": "apps/v2"}, "default")
    assert difference.replaces
    assert not difference.delete_before_replace


def test_writing_down_the_default_namespace_or_the_automatic_name_is_no_change() -> None:
    old = {**WEB, "metadata": {}}
    assert not compare("default/web-1a2b3c4", old, {**WEB, "metadata": {"name": "web-1a2b3c4"}}, "default").changes
    assert not compare("default/web-1a2b3c4", old, changed(name="web-1a2b3c4", namespace="default"), "x").changes


def test_another_default_namespace_replaces_what_has_none_of_its_own() -> None:
    value = {**WEB, "metadata": {"name": "web"}}
    assert compare("default/web", value, value, "other").replaces == {("metadata", "namespace")}


def test_a_namespace_on_an_object_of_the_whole_cluster_is_no_change() -> None:
    value = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert not compare("shop", value, {**value, "metadata": {"name": "shop", "namespace": "x"}}, "default").changes


def test_a_name_that_is_not_known_yet_replaces() -> None:
    difference = compare("shop/web", WEB, changed(name=Unknown(UNKNOWN_TEXT)), "default")
    assert difference.replaces == {("metadata", "name")}


def test_metadata_that_is_not_known_yet_is_a_change() -> None:
    difference = compare("shop/web", WEB, {**WEB, "metadata": Unknown(UNKNOWN_TEXT)}, "shop")
    assert ("metadata",) in difference.changes
