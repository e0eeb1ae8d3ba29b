"""Secrets that External Secrets makes inside the Kubernetes cluster: their values never pass through Pulumi.

Fields are those of External Secrets 2.9.0 (`external-secrets.io/v1`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.rendering.shared import labels_of
from dbaas_components.databases.spec.part import go_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dbaas_components.databases.engine import Engine
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.security import Store


def external_secret(
    spec: DatabaseSpec,
    engine: Engine,
    role: str,
    secret: str,
    store: Store,
    entries: Mapping[str, tuple[str, str]],
    template: Mapping[str, str] | None = None,
) -> Placed:
    """The ExternalSecret that makes `secret`.

    `entries` are the keys to fetch, each with its path in the store and the property there; one property of its own for
    each key, so that a rotation of one password touches one key. `template` makes the Secret's keys from them where
    they are not the keys themselves.
    """
    target: dict[str, Any] = {
        "name": secret,
        # The operator adds its own keys to such a Secret, and it must outlive this object: without it nobody logs in.
        "creationPolicy": "Orphan",
        "deletionPolicy": "Retain",
    }
    if template is not None:
        target["template"] = {"engineVersion": "v2", "data": dict(template)}
    manifest = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": secret, "labels": labels_of(spec, engine)},
        "spec": {
            "refreshInterval": go_duration(store.refresh),
            "secretStoreRef": {"name": store.name, "kind": store.kind},
            "target": target,
            "data": [
                {"secretKey": key, "remoteRef": {"key": path, "property": property_}}
                for key, (path, property_) in entries.items()
            ],
        },
    }
    return Placed(role, manifest)


def credentials_secret(spec: DatabaseSpec, engine: Engine) -> list[Placed]:
    """The engine's own users' passwords from the store that was named, every key of them; empty without one."""
    store = spec.credentials.store
    if store is None:
        return []
    users = engine.system_users(spec)
    path = spec.credentials.store_path or f"{spec.namespace}/{spec.name}/credentials"
    entries = {key: (path, key) for key in users.keys}
    return [external_secret(spec, engine, "credentials", users.secret, store, entries)]
