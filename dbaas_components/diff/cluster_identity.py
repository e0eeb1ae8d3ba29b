"""Which Kubernetes cluster a provider is for, whoever logs in to it.

A kubeconfig holds both: the server, which tells one cluster from another, and credentials, which are renewed without
anything moving.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast

import yaml

from dbaas_components.diff.document import SECRET
from dbaas_components.diff.fields import is_secret, is_unknown

_LARGEST: Final = 2**20
_DIGEST: Final = "digest"
_PROVIDER: Final = "pulumi:providers:kubernetes"


def cluster_of(inputs: Mapping[str, Any], target: str = "") -> Any:
    """What tells the provider's cluster from others: its server where the kubeconfig is there, else what names it.

    `target` stands for a secret kubeconfig. None where the provider names nothing, which is the ambient cluster. A
    provider that writes files holds no cluster: its objects are taken away where another one had made them.
    """
    if folder := inputs.get("renderYamlToDirectory"):
        return {"folder": folder}
    kubeconfig, context, cluster = (inputs.get(key) for key in ("kubeconfig", "context", "cluster"))
    if isinstance(kubeconfig, str):
        server = server_of(kubeconfig, _name(context), _name(cluster))
        if server:
            return server
    if is_unknown(kubeconfig) or is_secret(kubeconfig):
        # Nothing is known of it that could be compared; its names are, and may stay the same.
        kubeconfig = SECRET
    named = {
        key: value for key, value in (("kubeconfig", kubeconfig), ("context", context), ("cluster", cluster)) if value
    }
    if target:
        return {**named, _DIGEST: target}
    if isinstance(context, str) and set(named) == {"context"}:
        return context
    return named or None


def same_cluster(one: Any, other: Any) -> bool:
    """Whether two results of `cluster_of` are one cluster, as far as is known.

    Of a secret that was left out nothing is known; then the names of context and cluster decide.
    """
    if one == other:
        return True
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return False
    before, after = dict(cast("Mapping[str, Any]", one)), dict(cast("Mapping[str, Any]", other))
    kubeconfigs = [fields.pop("kubeconfig", None) for fields in (before, after)]
    digests = [fields.pop(_DIGEST, None) for fields in (before, after)]
    if None not in digests:
        return digests[0] == digests[1]
    return SECRET in kubeconfigs and None not in kubeconfigs and before == after


@lru_cache(maxsize=256)
def server_of(kubeconfig: str, context: str = "", cluster: str = "") -> str:
    """The address of the server that a kubeconfig's text leads to; empty where it is a path or cannot be read."""
    if len(kubeconfig) > _LARGEST or ("\n" not in kubeconfig and "{" not in kubeconfig):
        return ""
    try:
        content: object = yaml.safe_load(kubeconfig)
    except (yaml.YAMLError, ValueError, RecursionError):
        return ""
    if not isinstance(content, Mapping):
        return ""
    fields = cast("Mapping[str, Any]", content)
    wanted = cluster
    if not wanted:
        chosen = _named(fields.get("contexts"), context or _name(fields.get("current-context")), "context")
        wanted = _name(chosen.get("cluster"))
    server = _named(fields.get("clusters"), wanted, "cluster").get("server")
    return server.rstrip("/").lower() if isinstance(server, str) else ""


def with_targets(document: Any, key: bytes) -> Any:
    """An evaluated graph in which every provider with a secret kubeconfig has a digest of its cluster, under `key`."""
    for resource in _resources(document):
        inputs: Any = resource.get("inputs")
        if resource.get("type") != _PROVIDER or not isinstance(inputs, Mapping):
            continue
        fields = cast("Mapping[str, Any]", inputs)
        secret: Any = fields.get("kubeconfig")
        text: Any = cast("Mapping[str, Any]", secret).get(SECRET) if isinstance(secret, Mapping) else None
        if isinstance(text, str):
            server = server_of(text, _name(fields.get("context")), _name(fields.get("cluster")))
            if server:
                resource["target"] = hmac.new(key, server.encode(), hashlib.sha256).hexdigest()
    return document


def without_targets(document: Any) -> Any:
    """A graph to keep: a digest under a key that nobody keeps compares with nothing."""
    for resource in _resources(document):
        resource.pop("target", None)
    return document


def _resources(document: Any) -> list[dict[str, Any]]:
    found: Any = cast("Mapping[str, Any]", document).get("resources") if isinstance(document, Mapping) else None
    items = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", one) for one in items if isinstance(one, dict)]


def _named(items: Any, name: str, inside: str) -> Mapping[str, Any]:
    for item in cast("list[Any]", items) if isinstance(items, list) else []:
        if isinstance(item, Mapping) and name and cast("Mapping[str, Any]", item).get("name") == name:
            found: Any = cast("Mapping[str, Any]", item).get(inside)
            return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}
    return {}


def _name(value: Any) -> str:
    return value if isinstance(value, str) else ""
