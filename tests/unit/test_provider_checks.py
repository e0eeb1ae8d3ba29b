"""Inputs before any call: names, refusals, secrets."""

from __future__ import annotations

import re
from typing import Any

import pytest

from embedded.provider.checks import checked, is_settled, refused_type
from embedded.provider.helm import recorded_release, records, refusal
from embedded.provider.objects import field_manager, parse_id, parse_token
from embedded.provider.releases import named
from embedded.provider.values import UNKNOWN_TEXT, Properties, Unknown, encode

CONFIG_MAP = parse_token("kubernetes:core/v1:ConfigMap")


def check(value: dict[str, Any], olds: dict[str, Any] | None = None, **more: Any) -> Properties:
    token = parse_token(more.pop("token", "kubernetes:core/v1:ConfigMap"))
    return checked(token, "settings", Properties(value), olds or {}, more.get("proposed"), more.get("seed", b"seed"))


def test_a_token_of_the_core_group_has_the_version_alone() -> None:
    assert CONFIG_MAP.api_version == "v1"
    assert parse_token("kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster").api_version == "pxc.percona.com/v1"


@pytest.mark.parametrize("token", ["aws:s3:Bucket", "kubernetes", "kubernetes:core/v1:"])
def test_a_token_of_another_package_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="is not kubernetes:"):
        parse_token(token)


def test_ids_are_taken_apart() -> None:
    assert parse_id("shop/web") == ("shop", "web")
    assert parse_id("shop") == ("", "shop")


def test_an_object_without_a_name_gets_the_resources_with_seven_hex_digits() -> None:
    named_object = check({"metadata": {"labels": {"a": "b"}}}).value["metadata"]
    assert re.fullmatch(r"settings-[0-9a-f]{7}", named_object["name"])
    assert named_object["annotations"] == {"pulumi.com/autonamed": "true"}
    assert named_object["labels"] == {"a": "b"}


def test_the_same_seed_names_alike_and_another_one_differently() -> None:
    assert check({}).value == check({}).value
    assert check({}).value != check({}, seed=b"other").value


def test_an_automatic_name_stays_over_updates() -> None:
    first = check({"data": {"a": "1"}})
    second = check({"data": {"a": "2"}}, first.value, seed=b"other")
    assert second.value["metadata"] == first.value["metadata"]


def test_a_name_that_was_explicit_is_not_kept_when_it_is_taken_out() -> None:
    assert check({}, {"metadata": {"name": "mine"}}).value["metadata"]["name"] != "mine"


def test_the_engines_own_automatic_naming_is_followed() -> None:
    assert check({}, proposed="chosen").value["metadata"]["name"] == "chosen"


def test_metadata_or_a_name_that_is_not_known_yet_is_left_alone() -> None:
    unknown = Unknown(UNKNOWN_TEXT)
    assert check({"metadata": unknown}).value == {"metadata": unknown}
    assert check({"metadata": {"name": unknown}}).value == {"metadata": {"name": unknown}}


def test_generate_name_is_refused() -> None:
    with pytest.raises(ValueError, match="generateName"):
        check({"metadata": {"generateName": "a-"}})


def test_what_only_the_server_writes_is_taken_out() -> None:
    value = check({"metadata": {"name": "a", "uid": "u", "resourceVersion": "1", "labels": {}}}).value
    assert value == {"metadata": {"name": "a", "labels": {}}}


def test_the_values_of_a_secret_are_marked_even_if_the_program_did_not() -> None:
    value = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}, "stringData": {"a": "b"}}
    assert check(value, token="kubernetes:core/v1:Secret").secrets == {("stringData",)}


def test_schema_extensions_get_their_dashes_back() -> None:
    value = {"metadata": {"name": "a"}, "spec": {"x_kubernetes_validations": [1], "x_kubernetes_other": 1}}
    checked_value = check(value, token="kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition").value
    assert checked_value["spec"] == {"x-kubernetes-validations": [1], "x_kubernetes_other": 1}


@pytest.mark.parametrize(
    ("metadata", "token", "settled"),
    [
        ({"name": "a"}, "kubernetes:core/v1:ConfigMap", True),
        ({"name": "a"}, "kubernetes:core/v1:Secret", False),
        ({"name": "a"}, "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", True),
        ({"name": "a", "uid": "u"}, "kubernetes:core/v1:ConfigMap", False),
        ({}, "kubernetes:core/v1:ConfigMap", False),
        (Unknown(UNKNOWN_TEXT), "kubernetes:core/v1:ConfigMap", False),
    ],
)
def test_inputs_pass_as_they_are_only_if_a_check_would_not_change_them(
    metadata: Any, token: str, settled: bool
) -> None:
    value = {"metadata": metadata, "spec": {"x-kubernetes-validations": []}}
    assert is_settled(metadata, parse_token(token), encode(value).SerializeToString) is settled
    if settled:
        assert check(value, token=token) == Properties(value)


def test_a_definition_with_the_sdks_spelling_is_not_settled() -> None:
    value = {"metadata": {"name": "a"}, "spec": {"x_kubernetes_validations": []}}
    token = parse_token("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")
    assert not is_settled(value["metadata"], token, encode(value).SerializeToString)


@pytest.mark.parametrize(
    ("token", "inputs", "words"),
    [
        ("kubernetes:helm.sh/v3:Chart", {}, "official"),
        ("kubernetes:yaml/v2:ConfigFile", {}, "official"),
        ("kubernetes:kustomize:Directory", {}, "official"),
        ("kubernetes:core/v1:ConfigMapPatch", {"kind": "ConfigMap"}, "official"),
        ("kubernetes:core/v1:ConfigMapList", {"items": ""}, "one by one"),
    ],
)
def test_what_is_no_plain_object_is_refused_with_what_to_do(token: str, inputs: dict[str, Any], words: str) -> None:
    assert words in (refused_type(parse_token(token), inputs) or "")


@pytest.mark.parametrize(
    "token", ["kubernetes:core/v1:ConfigMap", "kubernetes:acme.org/v1:AllowList", "kubernetes:acme.org/v1:HotPatch"]
)
def test_plain_objects_are_taken_whatever_their_names_end_with(token: str) -> None:
    assert refused_type(parse_token(token), {"kind": parse_token(token).kind}) is None


def test_each_resource_applies_under_a_manager_of_its_own_unless_it_says_which() -> None:
    one, other = field_manager("urn:a", {}), field_manager("urn:b", {})
    assert one.startswith("pulumi-kubernetes-stand-in-")
    assert one != other
    assert one == field_manager("urn:a", {"metadata": {"name": "x"}})
    chosen = {"metadata": {"annotations": {"pulumi.com/patchFieldManager": "me"}}}
    assert field_manager("urn:a", chosen) == "me"


def test_a_release_is_recorded_only_if_the_stack_says_exactly_so() -> None:
    assert records({"DBAAS_RECORD_HELM_RELEASES": "true"})
    assert not records({"DBAAS_RECORD_HELM_RELEASES": "1"})
    assert not records({})
    assert "DBAAS_RECORD_HELM_RELEASES" in refusal("kubernetes:helm.sh/v3:Release")


def test_a_recorded_release_says_that_it_is_not_installed() -> None:
    recorded = recorded_release({"name": "pmm", "chart": "pmm", "version": "1"}, "default")
    assert recorded["status"]["status"] == "recorded, not installed"
    assert recorded["namespace"] == "default"


def test_a_releases_automatic_name_stays() -> None:
    first = named({"chart": "pmm"}, {}, "pmm", b"1")
    assert named({"chart": "pmm"}, first, "pmm", b"2")["name"] == first["name"]
    assert named({"chart": "pmm", "name": "mine"}, first, "pmm", b"2") == {"chart": "pmm", "name": "mine"}
