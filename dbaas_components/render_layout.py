"""How a folder that `dbaas render` writes is laid out, for who writes it and who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, cast
from urllib.parse import quote

# What must exist before what: definitions before the objects of their kinds, namespaces before what is in them.
# Charts come last: what they install waits for its Secrets and configuration, and with their webhooks running the
# objects of the next render are judged by them.
STAGES: Final = ("1-definitions", "2-namespaces", "3-objects", "4-charts")
INDEX: Final = PurePosixPath(".dbaas-render")
"""The list of the files that a render wrote."""
CHARTS: Final = PurePosixPath("charts.yaml")
"""Which chart each file of values is for: a list of releases, each with its file under `file`."""
REQUIRED_SECRETS: Final = PurePosixPath("required-secrets.txt")
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
PROVIDER: Final = "pulumi:providers:kubernetes"
AMBIENT: Final = "default"
"""The folder of the objects that have no provider of their own."""
NOT_WRITTEN: Final = ("id", "urn")
"""Properties of an object that are the provider's and no part of its manifest."""
_OF_A_RELEASE: Final = ("chart", "version", "namespace", "skipCrds", "skipAwait")


def cluster_folders(providers: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, str]:
    """Provider URN to the name of its Kubernetes cluster's folder, from URN, name and inputs of each provider.

    Providers that differ only in what they may do, not in where they go, speak to one cluster: it is named by the
    shortest of their names.
    """
    known = [(urn, name, _target(inputs)) for urn, name, inputs in providers]
    names: dict[str, str] = {}
    for urn, _, target in known:
        same = [name for _, name, other in known if other == target]
        # A Pulumi name may hold anything, and `../x` must not lead out of the output folder.
        folder = quote(min(same, key=lambda name: (len(name), name)), safe="")
        names[urn] = f"%2E{folder[1:]}" if folder.startswith(".") else folder
    return names


def _target(inputs: Mapping[str, Any]) -> tuple[object, object]:
    # By value: of a secret one no text may be made, in which every secret looks like the other.
    return inputs.get("kubeconfig"), inputs.get("context")


def folder_of(provider: str, folders: Mapping[str, str]) -> str:
    """The folder of the Kubernetes cluster that an object with this provider (URN, or URN and id) is applied to."""
    urn = provider.rpartition("::")[0] if provider.count("::") > 3 else provider
    return folders.get(urn, AMBIENT)


def release_of(inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What decides which chart a release installs and how, without its values."""
    found: dict[str, Any] = {"name": str(inputs.get("name", name))}
    found |= {key: inputs[key] for key in _OF_A_RELEASE if inputs.get(key)}
    options: object = inputs.get("repositoryOpts")
    repository = cast("Mapping[str, Any]", options).get("repo") if isinstance(options, Mapping) else None
    return {**found, "repositoryOpts": {"repo": repository}} if repository else found
