"""`dbaas dr status` where nothing answers: what can be told is told, and the command fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dbaas_components.cli.app import build_app
from tests.unit.dr_verbs.documents import document

# Ports that no server can have been given.
SERVERS = {"eu": "https://127.0.0.1:1", "us": "https://127.0.0.1:2", "third": "https://127.0.0.1:3"}


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    file = tmp_path / "kubeconfig"
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in SERVERS.items()],
        "users": [{"name": "me", "user": {"token": "not-to-be-told"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in SERVERS],
    }
    file.write_text(json.dumps(told))
    access = {name: {"context": name, "kubeconfig": str(file)} for name in SERVERS}
    clusters = {region: access[region] for region in ("eu", "us")}
    written = tmp_path / "topology.json"
    written.write_text(json.dumps(document(clusters=clusters, witness=access["third"])))
    return written


def test_a_witness_that_does_not_answer_hides_no_region(topology: Path) -> None:
    told = CliRunner().invoke(build_app(), ["dr", "status", "--topology", str(topology)])
    assert told.exit_code == 1
    assert "(lease dbaas-dr/dbaas-dr-orders): not known" in told.stdout
    assert "nobody's yet" not in told.stdout
    shown = " ".join(told.stdout.split())
    for region in ("eu", "us"):
        assert f"{region} ? not known {region}: no answer from its API server" in shown
    assert "lease dbaas-dr/dbaas-dr-orders: no answer from the API server" in " ".join(told.stderr.split())
    assert "not-to-be-told" not in told.output


def test_a_lease_that_was_not_read_is_told_apart_from_one_that_nobody_holds(topology: Path) -> None:
    told = CliRunner().invoke(build_app(), ["dr", "status", "--topology", str(topology), "--json"])
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert found["lease"] is None
    assert "no answer from the API server" in found["lease_problem"]
    assert set(found["regions"]) == {"eu", "us"}
    assert all("no answer" in one["problem"] for one in found["regions"].values())
