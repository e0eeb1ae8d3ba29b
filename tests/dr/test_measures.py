"""The measures beside the fence on embedded API servers: taken, read back and lifted, with the agent's own rights."""

from __future__ import annotations

import copy
import uuid
from typing import Any

import kubernetes
import pytest
import yaml

from dbaas_components.dr.agent.manifests import AgentPlan
from dbaas_components.dr.failover.cluster import ClusterRefused, KubernetesCluster
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.site import Site
from dbaas_components.dr.measures.endpoint import NOWHERE, WITHDRAWN, Endpoint, addresses
from dbaas_components.dr.measures.measured import State
from dbaas_components.dr.measures.network_deny import MANAGER, NetworkDeny
from tests.api.objects import ApiServer
from tests.unit.dr_verbs.documents import document

pytestmark = pytest.mark.api

ALIAS = "orders-primary-site"
OWN_HOST = "write.eu.db.example.com"


class Place:
    """One site's namespace, with the agent's account in it."""

    def __init__(self, control_plane: Any, folder: Any) -> None:
        self.namespace = f"measures-{uuid.uuid4().hex[:6]}"
        self.server = ApiServer(control_plane.kubeconfig)
        self.server.new_namespace(self.namespace)
        given = copy.deepcopy(document(traffic={"eu": {"kind": "service", "name": ALIAS}}))
        for table in given["roles"].values():
            table["namespace"] = self.namespace
            for fields in table["roles"].values():
                fields.append({"object": "traffic", "path": "spec.externalName", "value": OWN_HOST})
        self.document = parse_document(given)
        plan = AgentPlan("agent", "eu", self.document, "registry.example.com/agent:1", {"app": "agent"})
        folders = {
            "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
            "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
            "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
        }
        for one in plan.objects():
            if one["kind"] in folders:
                path = folders[one["kind"]].format(self.namespace)
                self.server.apply(f"{path}/{one['metadata']['name']}", one)
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        account = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/agent/token"
        token = self.server.call("POST", account, body=asked)["status"]["token"]
        kubeconfig = yaml.safe_load(control_plane.kubeconfig.read_text())
        kubeconfig["users"] = [{"name": kubeconfig["users"][0]["name"], "user": {"token": token}}]
        own = folder / "agent"
        own.write_text(yaml.safe_dump(kubeconfig))
        self.agents = self.site(str(own))
        self.admins = self.site(str(control_plane.kubeconfig))

    def site(self, kubeconfig: str) -> Site:
        client: Any = kubernetes.config.new_client_from_config(kubeconfig)
        return Site("pg", "eu", self.document.roles["eu"], KubernetesCluster("eu", client, seconds=20))

    def policies(self) -> str:
        return f"/apis/networking.k8s.io/v1/namespaces/{self.namespace}/networkpolicies"

    def make_alias(self) -> None:
        metadata = {"name": ALIAS, "namespace": self.namespace}
        spec = {"type": "ExternalName", "externalName": OWN_HOST}
        manifest = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
        self.server.apply(self.agents.core("services", ALIAS), manifest)

    def alias(self) -> dict[str, Any]:
        return self.server.call("GET", self.agents.core("services", ALIAS))


@pytest.fixture
def place(control_plane, tmp_path) -> Place:
    return Place(control_plane, tmp_path)


def test_the_agent_makes_and_deletes_the_one_policy_that_its_rights_name(place):
    deny = NetworkDeny(place.agents, "orders")
    assert deny.read().state is State.NOT_IN_FORCE
    deny.take()
    assert deny.read().state is State.IN_FORCE
    found = place.server.call("GET", f"{place.policies()}/{deny.name}")
    assert {one["manager"] for one in found["metadata"]["managedFields"]} == {MANAGER}
    # Once more changes nothing.
    deny.take()
    assert place.server.call("GET", f"{place.policies()}/{deny.name}") == found
    assert deny.lift()
    assert not deny.lift()
    assert deny.read().state is State.NOT_IN_FORCE


def test_the_agent_may_make_no_policy_of_another_name_and_read_no_other(place):
    another = NetworkDeny(place.agents, "another")
    for refused in (another.take, another.read, another.lift):
        with pytest.raises(ClusterRefused, match=r"cannot (patch|get)"):
            refused()
    with pytest.raises(ClusterRefused, match="cannot create"):
        place.agents.cluster.create(place.policies(), NetworkDeny(place.agents, "orders").manifest())
    in_force = NetworkDeny(place.agents, "orders")
    in_force.take()
    with pytest.raises(ClusterRefused, match="cannot list"):
        in_force.read_among_others()


def test_a_policy_that_somebody_changed_or_added_does_not_count_and_one_of_another_owner_stays(place):
    deny = NetworkDeny(place.admins, "orders")
    manifest = deny.manifest()
    place.server.apply(f"{place.policies()}/{deny.name}", manifest)
    with pytest.raises(ClusterRefused, match="was not made by the failover tool"):
        deny.lift()
    place.server.call("DELETE", f"{place.policies()}/{deny.name}")
    deny.take()
    assert deny.read_among_others().state is State.IN_FORCE
    clients = copy.deepcopy(manifest)
    clients["metadata"]["name"] = "orders-clients"
    clients["spec"]["ingress"] = [{"from": [{"podSelector": {}}]}]
    place.server.apply(f"{place.policies()}/orders-clients", clients)
    told = deny.read_among_others()
    assert (told.state, "orders-clients" in told.value) == (State.NOT_IN_FORCE, True)
    clients["spec"]["podSelector"] = {"matchLabels": {"postgres-operator.crunchydata.com/cluster": "another"}}
    place.server.apply(f"{place.policies()}/orders-clients", clients)
    assert deny.read_among_others().state is State.IN_FORCE
    manifest["spec"]["ingress"] = [{}]
    place.server.apply(f"{place.policies()}/{deny.name}", manifest)
    assert "somebody changed it" in deny.read().value


def test_the_agent_withdraws_the_service_of_its_clients_and_leads_them_back(place):
    place.make_alias()
    endpoint = Endpoint(place.agents, place.document.traffic["eu"])
    assert endpoint.read().state is State.NOT_IN_FORCE
    endpoint.take()
    assert endpoint.read().state is State.IN_FORCE
    assert place.alias()["spec"]["externalName"] == NOWHERE
    assert endpoint.lift()
    assert place.alias()["spec"]["externalName"] == OWN_HOST
    assert WITHDRAWN not in place.alias()["metadata"].get("annotations", {})
    assert not endpoint.lift()


def test_a_service_that_leads_to_the_new_primary_by_now_is_left_there(place):
    place.make_alias()
    endpoint = Endpoint(place.agents, place.document.traffic["eu"])
    endpoint.take()
    elsewhere = {"spec": {"externalName": "write.us.db.example.com"}}
    place.server.call(
        "PATCH", place.agents.core("services", ALIAS), body=elsewhere, type="application/merge-patch+json"
    )
    assert endpoint.read().state is State.IN_FORCE
    endpoint.take()
    assert endpoint.lift()
    assert place.alias()["spec"]["externalName"] == "write.us.db.example.com"


def test_ready_addresses_behind_the_database_are_counted(place):
    assert addresses(place.admins).state is State.IN_FORCE
    labels = {"postgres-operator.crunchydata.com/cluster": "orders", "kubernetes.io/service-name": "orders-ha"}
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{place.namespace}/endpointslices"
    manifest: dict[str, Any] = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "orders-ha-1", "namespace": place.namespace, "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.7"], "conditions": {"ready": True}}],
        "ports": [],
    }
    place.server.apply(f"{slices}/orders-ha-1", manifest)
    told = addresses(place.admins)
    assert (told.state, "10.0.0.7" in told.value) == (State.NOT_IN_FORCE, True)
    manifest["endpoints"][0]["conditions"]["ready"] = False
    place.server.apply(f"{slices}/orders-ha-1", manifest)
    assert addresses(place.admins).state is State.IN_FORCE
