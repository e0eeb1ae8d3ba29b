"""The provider's settings, as the official provider has them, and what a change of them means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedded.provider.differences import changed_fields
from embedded.provider.kubeconfig import Connection, active_cluster, load
from embedded.provider.values import Unknown

_USED = frozenset(
    {
        "cluster",
        "clusterIdentifier",
        "context",
        # Both are changed in place here in any case.
        "enableConfigMapMutable",
        "enableSecretMutable",
        "enablePatchForce",
        "enableServerSideApply",
        "kubeconfig",
        "namespace",
        "upsertExistingObjects",
        "version",
    }
)
_WHERE = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that the stand-in heeds; `ignored` are the names of the others."""

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    upsert: bool = False
    force: bool = False
    ignored: tuple[str, ...] = ()

    def connection(self, environment: Mapping[str, str]) -> Connection:
        """The connection they lead to. Raises `KubeconfigError` where they lead to none."""
        return load(self.kubeconfig, self.context, self.cluster, self.namespace, environment)


def parse(values: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """The settings from a provider's inputs, and the official provider's environment variables for two of them.

    Raises `ValueError` for rendering to files: ignored, it would write to a cluster that was not meant.
    """
    if values.get("renderYamlToDirectory"):
        raise ValueError(
            "the stand-in Kubernetes provider does not render files (renderYamlToDirectory); use `dbaas render`, or "
            "install the official Kubernetes provider"
        )
    return Settings(
        kubeconfig=_text(values.get("kubeconfig")),
        context=_text(values.get("context")),
        cluster=_text(values.get("cluster")),
        namespace=_text(values.get("namespace")),
        upsert=_switch(values, "upsertExistingObjects", environment, "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        force=_switch(values, "enablePatchForce", environment, "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        ignored=tuple(sorted(key for key in values if key not in _USED)),
    )


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The settings that changed, and those of them that replace the provider with everything in it.

    Another cluster replaces: objects do not move. Which cluster it is, the cluster entry of the active context tells,
    or the setting `clusterIdentifier` where both sides have one.
    """
    changed = sorted({str(path[0]) for path in changed_fields(dict(old), dict(new))})
    if unknown := [key for key in _WHERE if isinstance(new.get(key), Unknown)]:
        return changed, unknown
    if old.get("clusterIdentifier") and new.get("clusterIdentifier"):
        return changed, ["clusterIdentifier"] if "clusterIdentifier" in changed else []
    before, after = (_cluster(values, environment) for values in (old, new))
    if before is None or after is None or before == after:
        return changed, []
    return changed, [key for key in _WHERE if key in changed]


def _cluster(values: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    kubeconfig, context, cluster = (_text(values.get(key)) for key in _WHERE)
    return active_cluster(kubeconfig, context, cluster, environment)


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value) if value else None


def _switch(values: Mapping[str, Any], key: str, environment: Mapping[str, str], variable: str) -> bool:
    value = values.get(key)
    return (environment.get(variable) == "true") if value is None else value in (True, "true")
