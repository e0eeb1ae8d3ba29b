"""The table that `make up` ends with: what the stack's databases are and how far they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import kubernetes
import urllib3
from rich.table import Table

from dbaas_components.databases.engines import ENGINES
from embedded.parts.cluster import Cluster


def database_table(databases: Mapping[str, Mapping[str, Any]], clusters: Sequence[Cluster]) -> tuple[Table, list[str]]:
    """The table and the notes that belong below it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("name", "namespace", "kind", "state", "write endpoint", "secret reference"):
        table.add_column(title, overflow="fold", no_wrap=title in {"name", "namespace", "state"})
    states = [_state(database, clusters) for database in databases.values()]
    for (name, database), state in zip(databases.items(), states, strict=True):
        endpoint = database["write_endpoint"]
        table.add_row(name, database["namespace"], database["kind"], state, endpoint, database["credentials"])
    notes: list[str] = []
    if "accepted" in states:
        notes.append("accepted: the API server holds the object; no operator has written a status to it yet")
    if any(cluster.embedded for cluster in clusters) and "accepted" in states:
        notes.append("an embedded control plane has no nodes and no operators: nothing there will start a database")
    return table, notes


def _state(database: Mapping[str, Any], clusters: Sequence[Cluster]) -> str:
    """The state that the operator reports, `accepted` before it reports any, else why it cannot be read."""
    cluster = next(cluster for cluster in clusters if cluster.region == database["region"])
    engine = ENGINES[database["engine"]]
    group, _, version = engine.api_version.partition("/")
    try:
        client = kubernetes.config.new_client_from_config(
            config_file=str(cluster.kubeconfig) if cluster.kubeconfig else None, context=cluster.context
        )
        live: Any = kubernetes.client.CustomObjectsApi(client).get_namespaced_custom_object(
            group, version, database["namespace"], engine.plural, database["name"], _request_timeout=10
        )
    except kubernetes.client.ApiException as error:
        return "not found" if error.status == 404 else f"unreadable ({error.status})"
    except (kubernetes.config.ConfigException, urllib3.exceptions.HTTPError):
        return "unreachable"
    return live.get("status", {}).get("state") or "accepted"
