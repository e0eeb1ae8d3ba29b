"""Short forms of the manifests that the rules' examples are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dbaas_components.labels import PROFILE
from dbaas_components.policy.rule import Examples

Fragment = Mapping[str, Any]

_API: Final = {
    "pg": ("pgv2.percona.com/v2", "PerconaPGCluster"),
    "ps": ("ps.percona.com/v1", "PerconaServerMySQL"),
    "psmdb": ("psmdb.percona.com/v1", "PerconaServerMongoDB"),
    "pxc": ("pxc.percona.com/v1", "PerconaXtraDBCluster"),
}


def database(
    engine: str,
    spec: Fragment | None = None,
    *,
    profile: str = "standard",
    name: str = "orders",
    labels: Fragment | None = None,
    annotations: Fragment | None = None,
    finalizers: list[str] | None = None,
    options: Fragment | None = None,
) -> Fragment:
    """A database of an engine (`pg`, `ps`, `psmdb`, `pxc`), with only what an example speaks of."""
    api_version, kind = _API[engine]
    metadata: dict[str, Any] = {"name": name, "namespace": "shop", "labels": {PROFILE: profile, **(labels or {})}}
    if annotations:
        metadata["annotations"] = dict(annotations)
    if finalizers:
        metadata["finalizers"] = finalizers
    result: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": dict(spec or {})}
    return {**result, "options": dict(options)} if options else result


def manifest(
    api_version: str, kind: str, fields: Fragment, *, name: str = "example", options: Fragment | None = None
) -> Fragment:
    """Any other Kubernetes object; `fields` stand beside `kind`."""
    result = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **fields}
    return {**result, "options": dict(options)} if options else result


def resource(type: str, properties: Fragment, *, name: str = "backups", options: Fragment | None = None) -> Fragment:
    """A resource of a cloud's provider, with Pulumi's names of its properties."""
    result = {"type": type, "name": name, "properties": dict(properties)}
    return {**result, "options": dict(options)} if options else result


def examples(passes: Fragment | tuple[Fragment, ...], fails: Fragment | tuple[Fragment, ...]) -> Examples:
    """The two sides of an example; one fragment stands for a list of one."""
    return Examples(
        passes=passes if isinstance(passes, tuple) else (passes,), fails=fails if isinstance(fails, tuple) else (fails,)
    )
