"""Objects of Portworx, of Secrets kept for a restore and of storage tiers before a real API server.

The definitions of Portworx and External Secrets are stand-ins (portworx_definitions.py, external_secrets.py); the
server, and StorageClass, are real.
"""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

import pytest

from dbaas_components.bootstrap.portworx.component import Portworx
from dbaas_components.bootstrap.restore_secrets.kept import RestoreSecrets
from dbaas_components.bootstrap.restore_secrets.restored import RestoredSecrets
from dbaas_components.bootstrap.storage_tiers import StorageTiers
from dbaas_components.evaluate import evaluate
from embedded.control_plane import Running
from tests.api.external_secrets import EXTERNAL_SECRET, PUSH_SECRET
from tests.api.objects import ApiServer, Refused
from tests.api.portworx_definitions import DEFINITIONS
from tests.unit.portworx.test_portworx import CLOUD, EXTERNAL_GROWTH, OWNERSHIP, args, database

pytestmark = pytest.mark.api

PLURALS = {
    "AutopilotRule": "autopilotrules",
    "SchedulePolicy": "schedulepolicies",
    "VolumeSnapshotSchedule": "volumesnapshotschedules",
    "ApplicationBackupSchedule": "applicationbackupschedules",
    "MigrationSchedule": "migrationschedules",
    "PushSecret": "pushsecrets",
    "ExternalSecret": "externalsecrets",
    "StorageClass": "storageclasses",
}
EVERY_TIME = [
    {"name": "often", "often": {"minutes": 30}},
    {"name": "nightly", "daily": {"time": "00:30"}},
    {"name": "rarely", "weekly": {"day": "Sunday", "time": "12:00"}, "monthly": {"date": 28, "time": "23:59"}},
]


@pytest.fixture(scope="module")
def server(control_plane: Running) -> ApiServer:
    server = ApiServer(control_plane.kubeconfig)
    server.install([*DEFINITIONS, EXTERNAL_SECRET, PUSH_SECRET])
    return server


@pytest.fixture
def namespace(server: ApiServer) -> str:
    return server.new_namespace(f"storage-{uuid.uuid4().hex[:8]}")


def place(manifest: dict[str, Any]) -> str:
    where = manifest["metadata"].get("namespace")
    inner = f"namespaces/{where}/" if where else ""
    return f"/apis/{manifest['apiVersion']}/{inner}{PLURALS[manifest['kind']]}"


def program(namespace: str) -> None:
    mine = {"namespace": namespace}
    portworx: Any = args(
        databases={"orders": database(overrides=EXTERNAL_GROWTH, **mine)},
        schedules=EVERY_TIME,
        growth=[{"database": "orders", "max_size": "400Gi"}],
        snapshots=[{"database": "orders", "schedule": "often"}],
        application_backups=[{"name": "copies", "namespaces": [namespace], "location": "minio", "schedule": "rarely"}],
        migrations=[
            {
                "name": "files",
                "namespaces": ["files"],
                "namespace": namespace,
                "cluster_pair": "far",
                "schedule": "nightly",
            }
        ],
    )
    Portworx("portworx", portworx)
    cloud: Any = copy.deepcopy(CLOUD)
    cloud["tiers"]["high"]["portworx"]["snapshots"] = ["nightly"]
    StorageTiers("tiers", {"ownership": OWNERSHIP, "cloud": cloud})
    databases: Any = {
        engine: {"engine": engine, **mine, **({"users": [{"name": "app"}]} if engine == "pg" else {})}
        for engine in ("pxc", "ps", "psmdb", "pg")
    }
    RestoreSecrets("kept", {"ownership": OWNERSHIP, "store": {"name": "far"}, "databases": databases})
    RestoredSecrets("back", {"ownership": OWNERSHIP, "store": {"name": "far"}, "databases": databases})


def manifests(namespace: str) -> list[dict[str, Any]]:
    graph = evaluate(lambda: program(namespace))
    return [json.loads(json.dumps(one.inputs)) for one in graph if one.type.startswith("kubernetes:")]


def test_the_api_server_takes_every_object(server: ApiServer, namespace: str) -> None:
    found = manifests(namespace)
    for manifest in found:
        server.create(place(manifest), manifest, dryRun="All")
    assert {one["kind"] for one in found} == set(PLURALS)


def test_a_misspelt_field_or_time_would_be_refused(server: ApiServer, namespace: str) -> None:
    (policy, *_) = [one for one in manifests(namespace) if one["kind"] == "SchedulePolicy" and "daily" in one["policy"]]
    for field, value in (("time", "00:30"), ("retian", 3)):
        wrong = copy.deepcopy(policy)
        wrong["policy"]["daily"][field] = value
        with pytest.raises(Refused):
            server.create(place(wrong), wrong, dryRun="All")
