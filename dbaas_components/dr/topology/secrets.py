"""Shared Secrets by reference: the primary's are pushed to stores, the standbys take them from there.

Values never pass through Pulumi. Fields are those of External Secrets 2.9.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbaas_components.databases.engine import Placed
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.rendering.shared import labels_of
from dbaas_components.databases.spec.part import go_duration

if TYPE_CHECKING:
    from dbaas_components.dr.topology.design import Design, EngineTopology, SharedSecret, Site
    from dbaas_components.dr.topology.spec import RegionStore

_READY: Final = {"pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "1800"}
_KIND: Final = "ClusterSecretStore"


def pushed(design: Design, row: EngineTopology, site: Site) -> list[Placed]:
    """For the primary: each shared Secret whole, into every store that is named."""
    store = _store(design, site)
    return [
        _placed(
            design,
            site,
            one,
            "external-secrets.io/v1alpha1",
            "PushSecret",
            {
                "refreshInterval": go_duration(design.topology.trust.refresh),
                "secretStoreRefs": [{"name": name, "kind": _KIND} for name in store.push_to or (store.name,)],
                "updatePolicy": "Replace",
                # The standbys need them most when this side is gone.
                "deletionPolicy": "None",
                "selector": {"secret": {"name": one.secret}},
                # Without a key the whole Secret is one entry.
                "data": [{"match": {"remoteRef": {"remoteKey": remote_key(design, one)}}}],
            },
        )
        for one in row.secrets(design, site)
    ]


def fetched(design: Design, row: EngineTopology, site: Site) -> list[Placed]:
    """For a standby: the same Secrets under its own names, before an operator makes others."""
    store = _store(design, site)
    return [
        _placed(
            design,
            site,
            one,
            "external-secrets.io/v1",
            "ExternalSecret",
            {
                # Later the operator writes to them, and replication brings changed passwords by itself.
                "refreshPolicy": "CreatedOnce",
                "secretStoreRef": {"name": store.name, "kind": _KIND},
                "target": {"name": one.secret, "creationPolicy": "Orphan", "deletionPolicy": "Retain"},
                "dataFrom": [{"extract": {"key": remote_key(design, one)}}],
            },
        )
        for one in row.secrets(design, site)
    ]


def remote_key(design: Design, secret: SharedSecret) -> str:
    """Where a shared Secret lies in the stores."""
    topology = design.topology
    root = topology.trust.path or f"{design.primary.spec.namespace}/{topology.name}/topology"
    return f"{root.strip('/')}/{secret.role}"


def _store(design: Design, site: Site) -> RegionStore:
    store = site.settings.store or design.topology.trust.store
    if store is None:  # The rules refuse it.
        raise AssertionError(f"region {site.region} has no store")
    return store


def _placed(design: Design, site: Site, secret: SharedSecret, version: str, kind: str, spec: dict[str, Any]) -> Placed:
    metadata: dict[str, Any] = {
        "name": f"{site.spec.name}-{secret.role}-shared",
        "namespace": site.spec.namespace,
        "labels": labels_of(site.spec, ENGINES[site.spec.engine]),
    }
    if design.topology.trust.wait:
        metadata["annotations"] = dict(_READY)
    return Placed(secret.role, {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
