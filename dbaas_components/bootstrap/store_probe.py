"""The probe of a secret store: one small secret that has to come out of it before anybody relies on it. Pure functions.

Fields are those of External Secrets 2.9.0. No value passes through Pulumi: the probe's own is made in the cluster.
"""

# No `from __future__ import annotations` here: Pulumi reads the annotations of `SecretStore`'s arguments to describe
# them to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

from dbaas_components.bootstrap.namespaces import NamespaceSpec, namespace_objects
from dbaas_components.databases.spec.part import Line, NamespaceName, Part
from dbaas_components.labels import GATE
from dbaas_components.ownership import Ownership

_KIND: Final = "ClusterSecretStore"
_ENTRY: Final = "dbaas-probe"
_LONGEST: Final = 63
SHOWS: Final = "a secret comes out of its store"


class StoreProbeArgs(TypedDict):
    """The secret that a store is tried with."""

    entry: NotRequired[str]
    """Entry of the store that is read, and has to be there; default `<first of namespaces>/dbaas-probe`, which need not
    be there: then it is enough that the store lets External Secrets in and answers that it has none."""
    property: NotRequired[str]
    """Property of the entry; default `probe`."""
    push: NotRequired[bool]
    """Whether External Secrets writes the entry first, with a value that it makes itself; default false, because not
    every store lets it write."""
    write_role: NotRequired[str]
    """Role of Vault that it writes with; default: the one that it reads with."""
    namespace: NotRequired[str]
    """One of `namespaces`, which has to exist; default: a namespace that is made for it."""


class StoreProbe(Part):
    """The secret that a store is tried with, checked."""

    entry: Line | None = None
    property: Line = "probe"
    push: bool = False
    write_role: Line | None = None
    namespace: NamespaceName | None = None


def probe_namespace(store: str, probe: StoreProbe) -> str:
    """The namespace of the probe."""
    return probe.namespace or f"{store[: _LONGEST - 6].rstrip('-')}-probe"


def default_entry(namespaces: Sequence[str], separator: str = "/") -> str:
    """Where the probe lies in a store whose entries are below the namespaces that read them."""
    return f"{namespaces[0]}{separator}{_ENTRY}"


def namespace_of(store: str, probe: StoreProbe, ownership: Ownership) -> dict[str, Any]:
    """The namespace that is made for the probe. No pod ever runs in it."""
    made = NamespaceSpec(name=probe_namespace(store, probe), security="restricted", deletion_protection=False)
    (manifest,) = namespace_objects(made, ownership)
    return manifest


def pushing(store: str, writer: str, probe: StoreProbe, entry: str, ownership: Ownership) -> list[dict[str, Any]]:
    """What makes a value and writes it into the store, once: the generator and the PushSecret."""
    metadata = _metadata(store, probe, ownership)
    generator = {
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": "Password",
        "metadata": metadata,
        "spec": {"length": 24, "digits": 6, "symbols": 0, "noUpper": False, "allowRepeat": True},
    }
    remote = {"remoteKey": entry, "property": probe.property}
    push = {
        "apiVersion": "external-secrets.io/v1alpha1",
        "kind": "PushSecret",
        "metadata": {**metadata, "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
        "spec": {
            # Never again by itself: each time would be another value.
            "refreshInterval": "0s",
            "updatePolicy": "Replace",
            "deletionPolicy": "None",
            "secretStoreRefs": [{"name": writer, "kind": _KIND}],
            "selector": {
                "generatorRef": {"apiVersion": generator["apiVersion"], "kind": "Password", "name": metadata["name"]}
            },
            "data": [{"match": {"secretKey": "password", "remoteRef": remote}}],
        },
    }
    return [generator, push]


def pulling(store: str, probe: StoreProbe, entry: str, ownership: Ownership) -> dict[str, Any]:
    """What brings the secret out of the store: the gate."""
    # With `Delete`, and only with it, an entry that is not there is no error. The Secret that would go is its own.
    must_be_there = probe.push or probe.entry is not None
    annotations = {"pulumi.com/waitFor": "condition=Ready", GATE: SHOWS}
    metadata = _metadata(store, probe, ownership)
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {**metadata, "annotations": annotations},
        "spec": {
            "secretStoreRef": {"name": store, "kind": _KIND},
            "target": {
                "name": metadata["name"],
                "creationPolicy": "Owner",
                "deletionPolicy": "Retain" if must_be_there else "Delete",
            },
            "data": [{"secretKey": "probe", "remoteRef": {"key": entry, "property": probe.property}}],
        },
    }


def _metadata(store: str, probe: StoreProbe, ownership: Ownership) -> Mapping[str, Any]:
    labels = ownership.labels(component="secrets", instance=store)
    return {"name": f"{store}-probe", "namespace": probe_namespace(store, probe), "labels": labels}
