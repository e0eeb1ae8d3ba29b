"""The kubeconfig by which a region's agent reaches the witness, made of its account's token there."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml

from dbaas_components.dr.agent.manifests import account_name
from dbaas_components.dr.failover.access import Connections
from dbaas_components.dr.failover.cluster import ClusterRefused
from dbaas_components.dr.failover.site import part


def account_kubeconfig(connections: Connections, region: str) -> str:
    """The kubeconfig of a region's account in the witness: a secret, with the server as this machine reaches it.

    Raises `ClusterUnreachable` and `ClusterRefused`, also where the account has no token yet.
    """
    document, witness = connections.document, connections.witness
    assert document.witness is not None, "whoever asks has a witness"
    assert witness is not None, "a document with a witness has a connection to it"
    name, namespace = account_name(document.topology, region), document.witness.namespace
    held = part(witness.get(f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}, "data")
    if not held.get("token") or not held.get("ca.crt"):
        message = "has no token yet; apply what `dbaas dr witness` prints, and wait a moment"
        raise ClusterRefused(f"witness: account {namespace}/{name} {message}")
    client: Any = witness.client
    cluster = {"server": client.configuration.host, "certificate-authority-data": held["ca.crt"]}
    user = {"token": base64.b64decode(str(held["token"])).decode()}
    context = {"cluster": "witness", "user": name, "namespace": namespace}
    made = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "witness", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "witness", "context": context}],
        "current-context": "witness",
    }
    return yaml.safe_dump(json.loads(json.dumps(made)), sort_keys=False)
