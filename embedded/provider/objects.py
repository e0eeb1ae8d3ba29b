"""What identifies a Kubernetes object in a Pulumi program: type token, names, ids and the annotations that steer it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from embedded.provider.values import Path, Unknown

FIELD_MANAGER = "pulumi-kubernetes-stand-in"
AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

SERVER_OWNED_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)

# Property names cannot hold a dash in every language, so the SDKs write these schema extensions with underscores.
# Source: pulumi-kubernetes SDK 4.34, JSONSchemaProps.
_EXTENSIONS = (
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
)
UNDERSCORED_EXTENSION = b"x_kubernetes_"
"""How every such name begins, in the protocol's bytes."""
_TO_DASHES = {name.replace("-", "_"): name for name in _EXTENSIONS}
_TO_UNDERSCORES = {name: name.replace("-", "_") for name in _EXTENSIONS}


@dataclass(frozen=True, slots=True)
class Token:
    """A type token `kubernetes:<module>:<kind>` taken apart."""

    module: str
    kind: str

    @property
    def api_version(self) -> str:
        """The `apiVersion` of objects of this type: `v1` for the module `core/v1`, else the module itself."""
        return self.module.removeprefix("core/")


@dataclass(frozen=True, slots=True)
class Identity:
    """One object of one cluster; `namespace` is empty for objects of the whole cluster."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def id(self) -> str:
        """The Pulumi id: `namespace/name`, or the name alone."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def parse_token(token: str) -> Token:
    """The parts of a type token such as `kubernetes:apps/v1:Deployment`.

    Raises `ValueError` for a token that is not of this package.
    """
    package, _, rest = token.partition(":")
    module, _, kind = rest.rpartition(":")
    if package != "kubernetes" or not module or not kind:
        raise ValueError(f"type {token!r} is not kubernetes:<group/version>:<Kind>")
    return Token(module, kind)


def parse_id(resource_id: str) -> tuple[str, str]:
    """Namespace (empty if none) and name of a Pulumi id."""
    namespace, _, name = resource_id.rpartition("/")
    return namespace, name


def metadata_of(value: dict[str, Any]) -> dict[str, Any]:
    """The object's metadata, or an empty dict where it is absent or not known yet."""
    metadata = value.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def annotation(value: dict[str, Any], key: str) -> str:
    """The annotation's text, empty where it is absent or not known yet."""
    annotations = metadata_of(value).get("annotations")
    found = annotations.get(key) if isinstance(annotations, dict) else None
    return found if isinstance(found, str) and not isinstance(found, Unknown) else ""


def kind_of(value: dict[str, Any], token: Token) -> tuple[str, str]:
    """`apiVersion` and `kind` as the inputs say, else as the type token says."""
    return value.get("apiVersion") or token.api_version, value.get("kind") or token.kind


def is_custom_resource_definition(api_version: str, kind: str) -> bool:
    return kind == "CustomResourceDefinition" and api_version.startswith("apiextensions.k8s.io/")


def is_secret(api_version: str, kind: str) -> bool:
    return kind == "Secret" and api_version == "v1"


def field_manager(urn: str, value: dict[str, Any]) -> str:
    """The name under which a resource's fields are applied.

    It ends with a mark of the resource, so that an object left by an interrupted run of this very resource can be told
    from one that another resource, stack or person owns. The annotation `pulumi.com/patchFieldManager` overrides it.
    """
    chosen = annotation(value, PATCH_FIELD_MANAGER)
    return chosen or f"{FIELD_MANAGER}-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def autoname(resource_name: str, seed: bytes) -> str:
    """`<resource name>-<7 hex digits>`; the same seed gives the same name, so preview and update agree."""
    return f"{resource_name}-{hashlib.sha256(seed).hexdigest()[:7]}"


def name_object(value: dict[str, Any], name: str) -> dict[str, Any]:
    """A copy of the inputs under an automatic name, marked as such so that later updates keep the name."""
    metadata = dict(metadata_of(value))
    annotations = metadata.get("annotations")
    if not isinstance(annotations, Unknown):
        metadata["annotations"] = {**(annotations or {}), AUTONAMED: "true"}
    return {**value, "metadata": {**metadata, "name": name}}


def without_server_fields(value: dict[str, Any]) -> dict[str, Any]:
    """The inputs without the metadata that only the API server writes."""
    metadata = metadata_of(value)
    if not any(key in metadata for key in SERVER_OWNED_METADATA):
        return value
    kept = {key: item for key, item in metadata.items() if key not in SERVER_OWNED_METADATA}
    return {**value, "metadata": kept}


def with_dashes(value: Any) -> Any:
    """A definition's schema with its extensions named as Kubernetes names them."""
    return _renamed(value, _TO_DASHES)


def with_underscores(value: Any) -> Any:
    """A definition's schema with its extensions named as the Pulumi SDKs name them."""
    return _renamed(value, _TO_UNDERSCORES)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def path_text(path: Path) -> str:
    """A path as Pulumi writes it: `spec.containers[0].image`, `metadata.labels["a.b/c"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif any(character in part for character in '."[]'):
            quoted = part.replace('"', '\\"')
            text += f'["{quoted}"]'
        else:
            text += f".{part}" if text else part
    return text


def parse_path(text: str) -> Path:
    """The path that `path_text` would write so; a `*` stays a part of its own and stands for every key or index.

    Raises `ValueError` for a bracket that is never closed.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        if text[position] == ".":
            position += 1
        elif text[position] == "[":
            end = position + 1
            if text[end : end + 1] == '"':
                end += 1
                word = ""
                while end < len(text) and text[end] != '"':
                    # The engine, too, takes a backslash for itself unless a quote follows.
                    end += text[end : end + 2] == '\\"'
                    word += text[end : end + 1]
                    end += 1
                parts.append(word)
                end += 1
            else:
                end = text.find("]", position)
                word = text[position + 1 : end]
                parts.append(int(word) if word.isdigit() else word)
            if end < 0 or text[end : end + 1] != "]":
                raise ValueError(f"path {text!r} has a bracket that is never closed")
            position = end + 1
        else:
            ends = [end for end in (text.find(".", position), text.find("[", position)) if end >= 0]
            end = min(ends, default=len(text))
            parts.append(text[position:end])
            position = end
    return tuple(parts)
