"""What can be said about inputs before any call: refusals, names, and which values are secret from here on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.provider import helm
from embedded.provider.objects import (
    AUTONAMED,
    SERVER_OWNED_METADATA,
    UNDERSCORED_EXTENSION,
    Token,
    annotation,
    autoname,
    is_custom_resource_definition,
    is_secret,
    kind_of,
    metadata_of,
    name_object,
    with_dashes,
    without_server_fields,
)
from embedded.provider.values import Path, Properties, Unknown

_OVERLAYS = ("helm.sh", "kustomize", "yaml")


def refused_type(token: Token, inputs: dict[str, Any]) -> str | None:
    """Why a type is not for this provider; None for a plain Kubernetes object."""
    name = f"kubernetes:{token.module}:{token.kind}"
    if token.module.split("/")[0] in _OVERLAYS:
        return helm.overlay_refusal(name)
    if token.kind.endswith("Patch") and inputs.get("kind") == token.kind.removesuffix("Patch"):
        return helm.overlay_refusal(f"{name} (a patch of an object that someone else makes)")
    if token.kind.endswith("List") and "items" in inputs:
        return f"{token.kind} is a list, which the API server does not keep; create the objects in it one by one"
    return None


def is_settled(metadata: Any, token: Token, content: Callable[[], bytes]) -> bool:
    """Whether inputs with this metadata pass as they are, so that they need not be taken apart.

    `content` gives the inputs as bytes: looking there for the SDKs' spelling of schema extensions takes a twentieth of
    the time that taking half a megabyte of definition apart takes.
    """
    return (
        isinstance(metadata, dict)
        and isinstance(metadata.get("name"), str)
        and bool(metadata["name"])
        and not any(key in metadata for key in SERVER_OWNED_METADATA)
        and not is_secret(token.api_version, token.kind)
        and not (is_custom_resource_definition(token.api_version, token.kind) and UNDERSCORED_EXTENSION in content())
    )


def checked(
    token: Token, resource_name: str, news: Properties, olds: dict[str, Any], proposed: str | None, seed: bytes
) -> Properties:
    """The inputs as the state keeps them: named, without what only the server writes, secrets marked.

    `proposed` is the name that the engine's own automatic naming chose, if it did.

    Raises `ValueError` for `generateName`, which server-side apply does not have.
    """
    value = news.value
    metadata = value.get("metadata", {})
    if not isinstance(metadata, Unknown) and not metadata_of(value).get("name"):
        if metadata_of(value).get("generateName"):
            raise ValueError("metadata.generateName does not go with server-side apply; leave it out to be named")
        if annotation(olds, AUTONAMED) == "true" and metadata_of(olds).get("name"):
            value = name_object(value, metadata_of(olds)["name"])
        else:
            value = name_object(value, proposed or autoname(resource_name, seed))
    value = without_server_fields(value)
    api_version, kind = kind_of(value, token)
    if is_custom_resource_definition(api_version, kind):
        value = with_dashes(value)
    secrets: set[Path] = set(news.secrets)
    if is_secret(api_version, kind):
        secrets |= {(key,) for key in ("data", "stringData") if key in value}
    return Properties(value, secrets, news.known)
