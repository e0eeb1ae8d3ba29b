"""Sites of a topology after a failover: what belongs to the failover tool is no drift, and what else it wrote is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import role_paths
from dbaas_components.diff.document import Document, Saved
from dbaas_components.dr.failover.site import EPOCH, ORDER, put
from dbaas_components.drift.looking import Drift, find_drift

META = {"name": "orders", "namespace": "shop"}
# What a failover leaves behind at the old site.
WRITTEN: dict[str, dict[str, Any]] = {
    "pxc": {"spec.pxc.replicationChannels": [{"name": "orders", "isSource": False}]},
    "ps": {"spec.mysql.bootstrap.mode": "manual"},
    "psmdb": {"spec.unmanaged": True, "spec.updateStrategy": "RollingUpdate"},
    "pg": {
        "spec.standby.enabled": True,
        "spec.standby.host": "us.db.example.com",
        "spec.standby.port": 5432,
        'spec.backups.pgbackrest.global["repo1-path"]': "/shop/orders/1/epoch-2",
    },
}
PROGRAM: dict[str, dict[str, Any]] = {
    "pxc": {"spec.pxc.replicationChannels": [{"name": "orders", "isSource": True}]},
    "ps": {"spec.mysql.bootstrap.mode": "auto"},
    "psmdb": {"spec.unmanaged": False, "spec.updateStrategy": "SmartUpdate"},
    "pg": {
        "spec.standby.enabled": False,
        'spec.backups.pgbackrest.global["repo1-path"]': "/shop/orders/1/epoch-1",
    },
}


class Played:
    """A cluster that holds one object; an apply changes what it names and leaves the rest."""

    def __init__(self, live: dict[str, Any]) -> None:
        self.live = live

    def read(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        return self.live

    def dry_run(self, value: Mapping[str, Any], manager: str) -> dict[str, Any]:
        return over(self.live, value)


def over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, Mapping):
        return {key: over(below.get(key), above.get(key, below.get(key))) for key in {**below, **above}}
    return above


def looked_at(engine: str, *, site: bool, written: Mapping[str, Any]) -> Drift:
    """What is told of a database over which the failover tool wrote; `site`: whether it is one of a topology."""
    row = ENGINES[engine]
    token = f"kubernetes:{row.api_version}:{row.kind}"
    whole: dict[str, Any] = {"apiVersion": row.api_version, "kind": row.kind, "metadata": dict(META), "spec": {}}
    live: dict[str, Any] = {"apiVersion": row.api_version, "kind": row.kind, "metadata": dict(META), "spec": {}}
    for path, value in PROGRAM[engine].items():
        put(whole, path, value)
        put(live, path, value)
    fields: dict[str, Any] = {}
    for path, value in written.items():
        put(live, path, value)
        put(fields, path, value)
    live["metadata"]["managedFields"] = [
        {"manager": manager, "operation": "Apply", "time": "2026-01-01T10:00:00Z", "fieldsV1": owned(of)}
        for manager, of in (("pulumi-kubernetes", {"spec": whole["spec"]}), ("dbaas-dr", fields))
    ]
    ignored = tuple(path for path in role_paths(engine) if path.startswith("spec.")) if site else ()
    saved = Saved(f"urn:pulumi:dev::p::{token}::orders", token, "orders", inputs=whole, ignore_changes=ignored)
    return find_drift(Document("p", "dev", (saved,)), lambda _: Played(live))


def owned(value: Any) -> dict[str, Any]:
    """The fields of an object as the API server keeps them for their manager."""
    return {f"f:{key}": owned(below) for key, below in value.items()} if isinstance(value, dict) else {}


NOTES = {f'metadata.annotations["{ORDER}"]': "fence 2", f'metadata.annotations["{EPOCH}"]': "1"}


@pytest.mark.parametrize("engine", sorted(WRITTEN))
def test_a_site_after_a_failover_is_as_the_program_leaves_it(engine: str) -> None:
    drift = looked_at(engine, site=True, written={**WRITTEN[engine], "spec.pause": True, **NOTES})
    assert drift.drifted == ()


@pytest.mark.parametrize("engine", sorted(WRITTEN))
def test_of_a_database_in_no_topology_the_same_fields_are_drift(engine: str) -> None:
    drift = looked_at(engine, site=False, written={**WRITTEN[engine], "spec.pause": True, **NOTES})
    told = {one.change.path for one in drift.drifted}
    assert "spec.pause" in told
    assert any(path.partition("[")[0] in " ".join(told) for path in WRITTEN[engine])
    # The tool's notes are in the way of nobody.
    assert not any("dr-order" in path or "dr-epoch" in path for path in told)


def test_what_somebody_else_wrote_at_a_site_is_drift() -> None:
    drift = looked_at("pxc", site=True, written={'metadata.annotations["somebody"]': "was here", **NOTES})
    assert [one.change.path for one in drift.drifted] == ["metadata.annotations.somebody"]
