"""A destroy on a real API server: databases whose finalizers wait for their operators go while these are there.

The test plays the operators. Each custom resource gets the finalizers that its operator puts on it or asks for; they
are taken away only after a while, and what is there of the operators then is written down.
"""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest
import yaml

from dbaas_components import ManagedDatabase
from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.bootstrap.operators.component import Operators
from dbaas_components.bootstrap.operators.rows import OPERATORS
from dbaas_components.databases.engines import ENGINES
from dbaas_components.versions.charts import CHARTS
from embedded.control_plane import Running
from tests.api.objects import ApiServer, Refused
from tests.engine.provider_stack import ProviderStack, Told

pytestmark = pytest.mark.engine

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
FINALIZERS = {
    "pxc": ["percona.com/delete-pxc-pods-in-order"],
    "ps": ["percona.com/delete-mysql-pods-in-order"],
    "psmdb": ["percona.com/delete-psmdb-pods-in-order"],
    # Its operator adds this one by itself.
    "pg": ["internal.percona.com/stop-watchers"],
}
# As long as a wrong order would take to show.
LOOKS_BEFORE_LETTING_GO = 10


class OperatorsPlayed(threading.Thread):
    """All four, of which each lets its database go after some looks."""

    def __init__(self, server: ApiServer, namespace: str, home: str) -> None:
        super().__init__(daemon=True)
        self._server, self._namespace, self._home = server, namespace, home
        self._looks = dict.fromkeys(FINALIZERS, 0)
        self.there: dict[str, set[str]] = {}
        """Engine to what was there of its operator, and was not going, at the last look before it let go."""
        self.over = threading.Event()

    def path(self, engine: str) -> str:
        row = ENGINES[engine]
        return f"/apis/{row.api_version}/namespaces/{self._namespace}/{row.plural}/{engine}"

    def take_hold(self) -> None:
        for engine, finalizers in FINALIZERS.items():
            self._set(engine, finalizers)

    def run(self) -> None:
        while not self.over.wait(0.1) and len(self.there) < len(FINALIZERS):
            for engine in FINALIZERS.keys() - self.there.keys():
                live = self._get(self.path(engine))
                if live is None or "deletionTimestamp" not in live["metadata"]:
                    continue
                self._looks[engine] += 1
                if self._looks[engine] >= LOOKS_BEFORE_LETTING_GO:
                    self.there[engine] = self._operator(engine)
                    held = live["metadata"]["finalizers"]
                    self._set(engine, [one for one in held if one not in FINALIZERS[engine]])

    def _operator(self, engine: str) -> set[str]:
        name = OPERATORS[engine].chart
        places = {
            "gate": f"/apis/policy/v1/namespaces/{self._home}/poddisruptionbudgets/{name}",
            "rights": f"/api/v1/namespaces/{self._home}/serviceaccounts/{name}-gate",
            "namespace": f"/api/v1/namespaces/{self._home}",
            "definition": f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{ENGINES[engine].definition_name}",
            # The stand-in provider records charts; the operator of ps has none.
            **({"deployment": f"/apis/apps/v1/namespaces/{self._home}/deployments/{name}"} if engine == "ps" else {}),
        }
        found = {what: self._get(path) for what, path in places.items()}
        return {what for what, live in found.items() if live and "deletionTimestamp" not in live["metadata"]}

    def _get(self, path: str) -> dict[str, Any] | None:
        try:
            return self._server.call("GET", path)
        except Refused as error:
            if error.status != 404:
                raise
            return None

    def _set(self, engine: str, finalizers: list[str]) -> None:
        body = {"metadata": {"finalizers": finalizers}}
        self._server.call("PATCH", self.path(engine), body=body, type="application/merge-patch+json")


@pytest.fixture
def server(own_control_plane: Running, crds_folder: Path | None) -> ApiServer:
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    made = ApiServer(own_control_plane.kubeconfig)
    certificates = crds_folder / "cert-manager" / CHARTS["cert-manager"].version.removeprefix("v")
    others = [
        one for path in sorted(certificates.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text()) if one
    ]
    made.install([*read_bundle(crds_folder), *others])
    return made


def deleted_in_order(told: Told) -> list[str]:
    """Names of what was deleted, as each deletion ended."""
    ended = [event.res_outputs_event.metadata for event in told.events if event.res_outputs_event]
    return [one.urn.rsplit("::", 1)[1] for one in ended if one.op.value == "delete"]


def test_databases_are_gone_finalizers_and_all_before_anything_of_their_operators_goes(
    tmp_path: Path, engine: Path, own_control_plane: Running, server: ApiServer
) -> None:
    mark = uuid.uuid4().hex[:8]
    namespace, home = server.new_namespace(f"databases-{mark}"), f"operators-{mark}"

    def program() -> None:
        provider = pulumi_kubernetes.Provider("cluster", kubeconfig=str(own_control_plane.kubeconfig))
        given: Any = {"ownership": OWNERSHIP, "installations": [{"namespace": home}], "check_installed": False}
        operators = Operators("operators", given, pulumi.ResourceOptions(providers=[provider]))
        for name in FINALIZERS:
            database: Any = {
                "engine": name,
                "namespace": namespace,
                "profile": "dev",
                "deletion_protection": False,
            }
            options = pulumi.ResourceOptions(providers=[provider], depends_on=[operators.gate(name, namespace)])
            ManagedDatabase(name, database, options)

    stack = ProviderStack(tmp_path, engine, own_control_plane.kubeconfig, DBAAS_RECORD_HELM_RELEASES="true")
    stack.up(program)
    played = OperatorsPlayed(server, namespace, home)
    played.take_hold()
    played.start()
    try:
        told = stack.destroy(program)
    finally:
        played.over.set()
        played.join()
    usual = {"gate", "rights", "namespace", "definition"}
    assert played.there == {name: usual | ({"deployment"} if name == "ps" else set()) for name in FINALIZERS}
    order = deleted_in_order(told)
    for name in FINALIZERS:
        last = order.index(f"{name}-database")
        # The release of the chart too, which is nowhere but in the state here.
        after = [f"operators-{home}-{name}-gate", f"operators-{home}-{name}"]
        assert [order.index(one) > last for one in after] == [True, True], name
    assert stack.resources().keys() <= {"provider-test"}
