"""A graph as a render shows it: objects of Kubernetes and charts, by cluster, kind, namespace and name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from dbaas_components.diff.document import Document, Saved
from dbaas_components.render_layout import (
    AMBIENT,
    NOT_WRITTEN,
    PROVIDER,
    RELEASE,
    cluster_folders,
    folder_of,
    release_of,
)

_URN: Final = "urn:pulumi:rendered::rendered::"
_SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105 - a kind, no password
_KUBERNETES: Final = "kubernetes:"


def object_in(folder: str, inputs: Mapping[str, Any]) -> Saved:
    """An object of the cluster that `folder` stands for; it has an apiVersion, a kind and a name."""
    version, kind = str(inputs["apiVersion"]), str(inputs["kind"])
    group = version.rpartition("/")[0] or "core"
    metadata: Mapping[str, Any] = inputs["metadata"]
    # Not by its version: an object that is served in two of them is one.
    identity = f"{folder}/{metadata.get('namespace') or ''}/{metadata['name']}"
    token = f"{_KUBERNETES}{version if '/' in version else f'core/{version}'}:{kind}"
    return Saved(
        urn=f"{_URN}{_KUBERNETES}{group}:{kind}::{identity}",
        type=token,
        name=str(metadata["name"]),
        provider=_provider_urn(folder),
        inputs=inputs,
    )


def release_in(folder: str, release: Mapping[str, Any], values: object) -> Saved:
    """A chart's release; `release` is that of `release_of`."""
    name = str(release["name"])
    return Saved(
        urn=f"{_URN}{RELEASE}::{folder}/{release.get('namespace') or ''}/{name}",
        type=RELEASE,
        name=name,
        provider=_provider_urn(folder),
        inputs={**release, "values": values if values is not None else {}},
    )


def document_of(stack: str, resources: Iterable[Saved]) -> Document:
    """The document of these objects and charts, with a provider for each cluster."""
    found = tuple(resources)
    folders = sorted({one.provider.rpartition("::")[2] for one in found})
    # Only looked up, so that none is told as made or gone: it stands for a folder.
    providers = [
        Saved(_provider_urn(one), PROVIDER, unquote(one), read=True) for one in folders if one and one != AMBIENT
    ]
    return Document(project="", stack=stack, resources=(*providers, *found))


def as_rendered(document: Document) -> Document:
    """A program's graph without what a render does not show of it.

    Left out are the options of resources (protection, kept on deletion, fields left to others, former names), Secrets,
    what is only looked up, and all that is no object of Kubernetes.
    """
    folders = cluster_folders((one.urn, one.name, one.inputs) for one in document.resources if one.type == PROVIDER)
    shown = document_of(document.stack, _objects(document, folders))
    return replace(shown, project=document.project, versions=document.versions, notes=document.notes)


def without_secrets(document: Document) -> Document:
    """A render without the Secrets that somebody put beside its manifests."""
    return replace(document, resources=tuple(one for one in document.resources if one.type != _SECRET))


def is_secret_object(inputs: Mapping[str, Any]) -> bool:
    """Whether the object is a Secret, whose values no report may show."""
    return inputs.get("kind") == "Secret" and inputs.get("apiVersion") == "v1"


def left_out(document: Document) -> int:
    """How many resources of a program `as_rendered` leaves out because they are no objects of Kubernetes."""
    ours = (_KUBERNETES, "pulumi:")
    return sum(one.custom and not one.read and not one.type.startswith(ours) for one in document.resources)


def _objects(document: Document, folders: Mapping[str, str]) -> Iterator[Saved]:
    for one in document.resources:
        if not one.custom or one.read or not one.type.startswith(_KUBERNETES) or one.type == _SECRET:
            continue
        folder = folder_of(one.provider, folders)
        if one.type == RELEASE:
            yield release_in(folder, release_of(one.inputs, one.name), one.inputs.get("values"))
            continue
        inputs = {key: value for key, value in one.inputs.items() if key not in NOT_WRITTEN}
        if all(isinstance(inputs.get(key), str) for key in ("apiVersion", "kind")) and "name" in one.metadata:
            yield object_in(folder, inputs)
        else:
            # None that could be rendered; told as what it is.
            yield Saved(one.urn, one.type, one.name, provider=_provider_urn(folder), inputs=inputs)


def _provider_urn(folder: str) -> str:
    return "" if folder == AMBIENT else f"{_URN}{PROVIDER}::{folder}"
