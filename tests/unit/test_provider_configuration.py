"""Settings of the stand-in provider: which cluster they lead to, and what a change of them means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from embedded.provider.configuration import changes, parse
from embedded.provider.kubeconfig import KubeconfigError, load


def kubeconfig(server: str = "http://127.0.0.1:1", **user: Any) -> dict[str, Any]:
    return {
        "current-context": "one",
        "clusters": [
            {"name": "c1", "cluster": {"server": server}},
            {"name": "c2", "cluster": {"server": "http://127.0.0.1:2"}},
        ],
        "contexts": [
            {"name": "one", "context": {"cluster": "c1", "user": "u", "namespace": "shop"}},
            {"name": "two", "context": {"cluster": "c2", "user": "u"}},
        ],
        "users": [{"name": "u", "user": user}],
    }


def text(**more: Any) -> str:
    return json.dumps(kubeconfig(**more))


def test_the_current_context_and_its_namespace_are_the_default() -> None:
    connection = load(text())
    assert (connection.context, connection.server, connection.namespace) == ("one", "http://127.0.0.1:1", "shop")


def test_settings_win_over_the_kubeconfig() -> None:
    connection = load(text(), context="two", namespace="other")
    assert (connection.server, connection.namespace) == ("http://127.0.0.1:2", "other")
    assert load(text(), cluster="c2").server == "http://127.0.0.1:2"
    assert load(text(), context="two").namespace == "default"


def test_a_path_is_as_good_as_text_and_relative_files_are_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    path = tmp_path / "config"
    path.write_text(text(tokenFile="token"))
    assert load(str(path)).headers == {"Authorization": "Bearer t0ken"}


def test_the_environment_names_files_of_which_the_first_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text(text())
    second.write_text(text(server="http://127.0.0.1:9"))
    environment = {"KUBECONFIG": f"{tmp_path / 'missing'}:{first}:{second}"}
    assert load(environment=environment).server == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"context": "three"}, ["three", "one, two"]),
        ({"cluster": "c9"}, ["c9", "c1, c2"]),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_those_that_are(settings: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(KubeconfigError) as refused:
        load(text(), **settings)
    assert all(word in str(refused.value) for word in words)


def test_a_file_that_is_not_there_is_named_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="is not there; give its path"):
        load(str(tmp_path / "nothing"))


@pytest.mark.parametrize("content", ["a: [\n", "- a\n- b\n", '{"clusters": []}'])
def test_a_broken_kubeconfig_is_one_message(content: str) -> None:
    with pytest.raises(KubeconfigError):
        load(content)


def test_a_broken_kubeconfig_is_not_repeated_in_the_message() -> None:
    with pytest.raises(KubeconfigError) as refused:
        load("users:\n  token: s3cret\n  bad: [\n")
    assert "s3cret" not in str(refused.value)


def test_a_login_that_the_stand_in_cannot_do_is_refused_with_what_to_do() -> None:
    with pytest.raises(KubeconfigError, match=r"exec.*official Kubernetes provider"):
        load(text(exec={"command": "aws"}))


def test_a_server_that_is_no_address_is_refused() -> None:
    with pytest.raises(KubeconfigError, match="is not an http"):
        load(text(server="cluster.local"))


def test_credentials_do_not_show_when_a_connection_is_printed() -> None:
    connection = load(text(token="s3cret"))
    assert "s3cret" not in repr(connection)
    assert str(connection) == "context one (http://127.0.0.1:1)"


def test_settings_that_are_not_known_are_named_and_ignored() -> None:
    settings = parse({"context": "one", "kubeClientSettings": "{}", "version": "4.0.0"}, {})
    assert settings.context == "one"
    assert settings.ignored == ("kubeClientSettings",)


def test_rendering_to_files_is_refused_rather_than_ignored() -> None:
    with pytest.raises(ValueError, match="renderYamlToDirectory"):
        parse({"renderYamlToDirectory": "out"}, {})


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"upsertExistingObjects": "true"}, True), ({}, True), ({"upsertExistingObjects": "false"}, False)],
)
def test_a_setting_wins_over_its_environment_variable(values: dict[str, str], expected: bool) -> None:
    assert parse(values, {"PULUMI_K8S_UPSERT_EXISTING_OBJECTS": "true"}).upsert is expected


def test_another_cluster_replaces_everything_in_the_provider() -> None:
    assert changes({"kubeconfig": text()}, {"kubeconfig": text(server="http://127.0.0.1:5")}, {}) == (
        ["kubeconfig"],
        ["kubeconfig"],
    )
    assert changes({"kubeconfig": text()}, {"kubeconfig": text(), "context": "two"}, {}) == (["context"], ["context"])


def test_other_credentials_for_the_same_cluster_replace_nothing() -> None:
    assert changes({"kubeconfig": text()}, {"kubeconfig": text(token="new")}, {}) == (["kubeconfig"], [])


def test_no_change_is_no_change() -> None:
    assert changes({"kubeconfig": text()}, {"kubeconfig": text()}, {}) == ([], [])


def test_an_identifier_of_the_cluster_decides_where_there_is_one() -> None:
    old = {"kubeconfig": text(), "clusterIdentifier": "a"}
    moved = {"kubeconfig": text(server="http://127.0.0.1:5"), "clusterIdentifier": "a"}
    assert changes(old, moved, {})[1] == []
    assert changes(old, {**old, "clusterIdentifier": "b"}, {})[1] == ["clusterIdentifier"]
