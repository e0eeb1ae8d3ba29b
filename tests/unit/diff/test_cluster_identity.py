"""Another Kubernetes cluster is told by its server; credentials that were renewed are none."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.cluster_identity import server_of, with_targets, without_targets
from dbaas_components.diff.compare import compare
from dbaas_components.diff.document import Document, read_document, with_secrets
from dbaas_components.diff.evaluating import _digest

TOKEN = "kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster"
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:kubernetes::here"


def kubeconfig(server: str = "https://one.example:6443", token: str = "old", **changed: Any) -> str:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "admin",
        "contexts": [
            {"name": "admin", "context": {"cluster": "one", "user": "admin"}},
            {"name": "spare", "context": {"cluster": "two", "user": "admin"}},
        ],
        "clusters": [
            {"name": "one", "cluster": {"server": server, "certificate-authority-data": "YQ=="}},
            {"name": "two", "cluster": {"server": "https://two.example:6443"}},
        ],
        "users": [{"name": "admin", "user": {"token": token}}],
        **changed,
    }
    return yaml.safe_dump(content)


def document(inputs: dict[str, Any], key: bytes = b"k" * 32) -> Document:
    """A side as it is evaluated: targets first, then secrets replaced."""
    database = {"urn": f"urn:pulumi:dev::p::{TOKEN}::orders", "type": TOKEN, "name": "orders", "provider": PROVIDER}
    metadata = {"name": "orders", "namespace": "shop"}
    value = {
        "format": "dbaas-graph/1",
        "project": "p",
        "stack": "dev",
        "resources": [
            {"urn": PROVIDER, "type": "pulumi:providers:kubernetes", "name": "here", "inputs": inputs},
            {**database, "inputs": {"metadata": metadata, "spec": {}}},
        ],
    }
    return read_document(with_secrets(with_targets(value, key), lambda secret: _digest(key, secret)))


def moved(base: Document, head: Document) -> bool:
    return any(one.path == "provider" and one.effect == Effect.DATA_LOSS for one in compare(base, head))


@pytest.mark.parametrize("secret", [False, True], ids=["plain", "secret"])
@pytest.mark.parametrize(
    ("change", "elsewhere"),
    [
        ({"token": "new"}, False),
        ({"users": [{"name": "admin", "user": {"exec": {"command": "login"}}}]}, False),
        ({"server": "https://one.example:6443/"}, False),
        ({"server": "https://three.example:6443"}, True),
        ({"current-context": "spare"}, True),
    ],
)
def test_a_server_tells_clusters_apart_and_credentials_do_not(
    change: dict[str, Any], elsewhere: bool, secret: bool
) -> None:
    texts = (kubeconfig(), kubeconfig(**change))
    base, head = (document({"kubeconfig": {"$secret": text} if secret else text}) for text in texts)
    assert moved(base, head) is elsewhere


def test_the_context_that_the_provider_names_counts() -> None:
    text = kubeconfig()
    assert moved(document({"kubeconfig": text}), document({"kubeconfig": text, "context": "spare"}))
    assert not moved(document({"kubeconfig": text}), document({"kubeconfig": text, "context": "admin"}))


def test_names_and_places_of_kubeconfigs_count_where_there_is_nothing_else() -> None:
    assert moved(document({"context": "prod"}), document({"context": "spare"}))
    assert moved(document({"kubeconfig": "/etc/one"}), document({"kubeconfig": "/etc/two"}))
    assert not moved(document({"context": "prod"}), document({"context": "prod"}))


def test_a_saved_graph_without_its_secrets_is_no_other_cluster() -> None:
    saved = document({"kubeconfig": {"$secret": None}})
    now = document({"kubeconfig": {"$secret": kubeconfig()}})
    assert not moved(saved, now)
    named = document({"kubeconfig": {"$secret": kubeconfig()}, "cluster": "two"})
    assert moved(saved, named)


def test_what_is_kept_of_a_secret_kubeconfig_tells_nothing() -> None:
    value = {
        "resources": [
            {"type": "pulumi:providers:kubernetes", "inputs": {"kubeconfig": {"$secret": kubeconfig(token="hidden")}}}
        ]
    }
    marked = with_targets(copy.deepcopy(value), b"k" * 32)
    digest = marked["resources"][0]["target"]
    assert "one.example" not in digest
    assert digest != with_targets(copy.deepcopy(value), b"l" * 32)["resources"][0]["target"]
    assert without_targets(marked) == value


@pytest.mark.parametrize("text", ["", "/etc/kubeconfig", "{", "[]\n", "a: b\n", "- 1\n", "clusters: 5\n", "\0\n{"])
def test_what_is_no_kubeconfig_has_no_server(text: str) -> None:
    assert server_of(text) == ""


def test_a_kubeconfig_in_json_is_read_as_well() -> None:
    assert server_of(json.dumps(yaml.safe_load(kubeconfig()))) == "https://one.example:6443"
