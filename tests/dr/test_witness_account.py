"""`dbaas dr witness`: what the agents need in the witness, on an embedded API server."""

from __future__ import annotations

import base64
import json
import uuid
from pathlib import Path
from typing import Any

import kubernetes
import pytest
import yaml
from typer.testing import CliRunner

from dbaas_components.cli.app import build_app
from tests.api.objects import ApiServer
from tests.dr.rights import allowed, wait_until_allowed
from tests.unit.dr_verbs.documents import document

pytestmark = pytest.mark.api


def dr(*words: str) -> Any:
    return CliRunner().invoke(build_app(), ["dr", *words])


@pytest.fixture
def witness(control_plane, tmp_path) -> tuple[Path, str, ApiServer]:
    """A document whose witness is the API server, with a namespace of its own."""
    namespace = f"witness-{uuid.uuid4().hex[:6]}"
    server = ApiServer(control_plane.kubeconfig)
    server.new_namespace(namespace)
    place = {"kubeconfig": str(control_plane.kubeconfig), "namespace": namespace}
    file = tmp_path / "topology.json"
    found = {**document(), "witness": place}
    for port, region in enumerate(found["clusters"], start=1):
        # Clusters of their own, of which nothing is asked here.
        elsewhere = yaml.safe_load(Path(control_plane.kubeconfig).read_text())
        elsewhere["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
        other = tmp_path / region
        other.write_text(yaml.safe_dump(elsewhere))
        found["clusters"][region] = {"kubeconfig": str(other)}
    file.write_text(json.dumps(found))
    return file, namespace, server


def test_an_account_may_write_its_lease_and_is_reached_by_the_printed_kubeconfig(witness, control_plane, tmp_path):
    file, namespace, server = witness
    printed = dr("witness", "--topology", str(file))
    assert printed.exit_code == 0, printed.output
    for one in yaml.safe_load_all(printed.stdout):
        group = one["apiVersion"]
        folder = f"/apis/{group}" if "/" in group else f"/api/{group}"
        plural = f"{one['kind'].lower()}s"
        server.apply(f"{folder}/namespaces/{namespace}/{plural}/{one['metadata']['name']}", one)
    # No controller fills the Secret here: the token is asked for as the controller would, and put there.
    secret = f"/api/v1/namespaces/{namespace}/secrets/dbaas-dr-orders-eu"
    early = dr("witness", "--topology", str(file), "--kubeconfig", "eu")
    if early.exit_code:
        assert "has no token yet" in early.output
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts/dbaas-dr-orders-eu/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = server.call("POST", accounts, body=body)["status"]["token"]
        kubeconfig = yaml.safe_load(Path(control_plane.kubeconfig).read_text())
        authority = kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]
        data = {"token": base64.b64encode(token.encode()).decode(), "ca.crt": authority}
        server.call("PATCH", secret, body={"data": data}, type="application/merge-patch+json")
    told = dr("witness", "--topology", str(file), "--kubeconfig", "eu")
    assert told.exit_code == 0, told.output
    own = tmp_path / "account"
    own.write_text(told.stdout)
    client: Any = kubernetes.config.new_client_from_config(str(own))
    asked = {"group": "coordination.k8s.io", "resource": "leases", "namespace": namespace, "verb": "update"}
    wait_until_allowed(client, {**asked, "name": "dbaas-dr-orders"})
    assert not allowed(client, {**asked, "name": "dbaas-dr-another"})


def test_another_region_and_a_lease_elsewhere_are_one_sentence(witness):
    file, *_ = witness
    told = dr("witness", "--topology", str(file), "--kubeconfig", "asia")
    assert '"asia" is no region of the topology; its regions are eu, us' in " ".join(told.output.split())
    found = json.loads(file.read_text())
    del found["witness"]
    found["lease"] = {"bucket": "leases", "key": "orders"}
    file.write_text(json.dumps(found))
    assert "in no witness" in dr("witness", "--topology", str(file)).output
