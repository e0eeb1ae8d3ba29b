"""Sites of a topology after a failover: what belongs to the failover tool is no drift, and what else it wrote is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.operator_owned import role_paths
from dbaas_components.diff.document import Document, Saved
from dbaas_components.dr.failover.site import EPOCH, ORDER, REVOKED, put, value_at
from dbaas_components.dr.measures.revocation import closed_fields
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


def looked_at(
    engine: str, *, site: bool, written: Mapping[str, Any], program: Mapping[str, Any] | None = None
) -> Drift:
    """What is told of a database over which the failover tool wrote; `site`: whether it is one of a topology."""
    row = ENGINES[engine]
    token = f"kubernetes:{row.api_version}:{row.kind}"
    whole: dict[str, Any] = {"apiVersion": row.api_version, "kind": row.kind, "metadata": dict(META), "spec": {}}
    live: dict[str, Any] = {"apiVersion": row.api_version, "kind": row.kind, "metadata": dict(META), "spec": {}}
    for path, value in {**PROGRAM[engine], **(program or {})}.items():
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


ARCHIVE: dict[str, dict[str, Any]] = {
    "pxc": {'spec.backup.storages["main"].s3.credentialsSecret': "bucket-keys"},
    "psmdb": {'spec.backup.storages["main"].s3.credentialsSecret': "bucket-keys"},
    "ps": {
        'spec.backup.storages["main"].s3.credentialsSecret': "bucket-keys",
        "spec.backup.pitr.binlogServer.storage.s3.credentialsSecret": "bucket-keys",
    },
    "pg": {
        "spec.backups.pgbackrest.configuration": [{"secret": {"name": "bucket-keys"}}],
        "spec.backups.pgbackrest.repos": [{"name": "repo1", "s3": {"bucket": "backups"}}],
        'spec.backups.pgbackrest.global["repo1-s3-key-type"]': "web-id",
    },
}


def taken(engine: str, **changes: Any) -> dict[str, Any]:
    """What a fenced site whose archive's keys were taken has, with its note; `changes`: of the note."""
    spec: dict[str, Any] = {}
    for path, value in ARCHIVE[engine].items():
        put(spec, path, value)
    wanted = closed_fields(engine, spec["spec"], "dbaas-dr-orders-eu-revoked")
    assert wanted
    note = {path: [value_at(spec["spec"], path), value] for path, value in wanted.items()}
    return {**wanted, f'metadata.annotations["{REVOKED}"]': json.dumps({**note, **changes}), **NOTES}


@pytest.mark.parametrize("engine", sorted(ARCHIVE))
def test_the_archive_s_keys_of_a_fenced_site_are_the_failover_tool_s_while_its_note_is_there(engine: str) -> None:
    written = taken(engine)
    assert looked_at(engine, site=True, written=written, program=ARCHIVE[engine]).drifted == ()
    del written[f'metadata.annotations["{REVOKED}"]']
    drift = looked_at(engine, site=True, written=written, program=ARCHIVE[engine])
    told = " ".join(one.change.path for one in drift.drifted)
    assert "configuration" in told if engine == "pg" else "credentialsSecret" in told


def test_a_note_without_a_value_leaves_nothing_out() -> None:
    path = 'spec.backup.storages["main"].s3.credentialsSecret'
    written = {path: "a-stranger-s", f'metadata.annotations["{REVOKED}"]': json.dumps({path: []})}
    assert looked_at("pxc", site=True, written=written, program=ARCHIVE["pxc"]).found


def test_a_secret_that_somebody_else_named_at_a_fenced_site_is_drift() -> None:
    written = {**taken("pxc"), 'spec.backup.storages["main"].s3.credentialsSecret': "a-stranger-s"}
    drift = looked_at("pxc", site=True, written=written, program=ARCHIVE["pxc"])
    assert [one.change.new for one in drift.drifted] == ["a-stranger-s"]


@pytest.mark.parametrize("note", ["no JSON", "[]", '{"spec.pxc.size": [3, 5]}', '{"spec.pxc.size": 5}', "{}"])
def test_a_note_hides_nothing_but_the_keys_of_the_archive(note: str) -> None:
    written = {"spec.pxc.size": 5, f'metadata.annotations["{REVOKED}"]': note}
    drift = looked_at("pxc", site=True, written=written, program={"spec.pxc.size": 3})
    assert [one.change.path for one in drift.drifted] == ["spec.pxc.size"]
