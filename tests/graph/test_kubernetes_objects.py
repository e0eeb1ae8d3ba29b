"""`KubernetesObject` is to the engine what pulumi_kubernetes's own classes are."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from dbaas_components import KubernetesObject
from dbaas_components.evaluate import Resource, evaluate

METADATA: Any = {"name": "orders", "namespace": "shop", "labels": {"team": "a"}}
SPEC = {"crVersion": "1.20.0", "pxc": {"size": 3, "resources": {"requests": {"cpu": "1"}}}, "list": [1, True, "a"]}

# Kind: (the manifest, the same object by pulumi_kubernetes's own class).
SAME: dict[str, tuple[dict[str, Any], Callable[[pulumi.ResourceOptions | None], Any]]] = {
    "PerconaXtraDBCluster": (
        {"apiVersion": "pxc.percona.com/v1", "kind": "PerconaXtraDBCluster", "metadata": METADATA, "spec": SPEC},
        lambda opts: k8s.apiextensions.CustomResource(
            "leaf",
            api_version="pxc.percona.com/v1",
            kind="PerconaXtraDBCluster",
            metadata=METADATA,
            spec=SPEC,
            opts=opts,
        ),
    ),
    "Namespace": (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        lambda opts: k8s.core.v1.Namespace("leaf", metadata={"name": "shop"}, opts=opts),
    ),
    "ConfigMap": (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": METADATA, "data": {"a": "b"}},
        lambda opts: k8s.core.v1.ConfigMap("leaf", metadata=METADATA, data={"a": "b"}, opts=opts),
    ),
    "Secret": (
        {"apiVersion": "v1", "kind": "Secret", "metadata": METADATA, "stringData": {"password": "hidden"}},
        lambda opts: k8s.core.v1.Secret("leaf", metadata=METADATA, string_data={"password": "hidden"}, opts=opts),
    ),
}


def options(resource: Resource) -> dict[str, Any]:
    # Only the core classes name the types of a kind's former API groups.
    return {name: value for name, value in resource.options().items() if name != "aliases"}


def registered(program: Callable[[], Any]) -> Resource:
    (resource,) = evaluate(program)
    return resource


@pytest.mark.parametrize("kind", SAME)
def test_the_engine_sees_what_the_official_class_would_send(kind):
    manifest, official = SAME[kind]
    ours = registered(lambda: KubernetesObject("leaf", manifest))
    theirs = registered(lambda: official(None))
    assert (ours.urn, ours.type, ours.custom) == (theirs.urn, theirs.type, theirs.custom)
    assert ours.inputs == theirs.inputs
    assert ours.secret_paths == theirs.secret_paths
    assert options(ours) == options(theirs)
    assert ours.version == importlib.metadata.version("pulumi-kubernetes")


def test_what_a_secret_holds_is_secret_in_the_state():
    manifest, _ = SAME["Secret"]
    secret = registered(lambda: KubernetesObject("leaf", manifest, pulumi.ResourceOptions(protect=True)))
    assert secret.secret_paths == ("stringData",)
    assert set(secret.additional_secret_outputs) == {"data", "stringData"}
    assert secret.protect


def test_the_callers_options_and_manifest_are_left_as_they_were():
    manifest, _ = SAME["Secret"]
    opts = pulumi.ResourceOptions(additional_secret_outputs=["metadata"], version="4.20.0")
    secret = registered(lambda: KubernetesObject("leaf", manifest, opts))
    assert secret.version == "4.20.0"
    assert "metadata" in secret.additional_secret_outputs
    assert opts.additional_secret_outputs == ["metadata"]
    assert manifest["stringData"] == {"password": "hidden"}
    plain = pulumi.ResourceOptions()
    registered(lambda: KubernetesObject("leaf", manifest, plain))
    assert plain.version is None


def test_values_may_come_from_other_resources_and_metadata_can_be_used_by_them():
    def program() -> None:
        first = KubernetesObject("first", SAME["Namespace"][0])
        KubernetesObject(
            "second",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "second", "namespace": first.metadata["name"]},
            },
        )

    graph = evaluate(program)
    assert graph.one("ConfigMap").inputs["metadata"]["namespace"] == "shop"
    assert graph.one("ConfigMap").dependencies == (graph.one("Namespace").urn,)
