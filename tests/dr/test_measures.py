"""The measures beside the fence on embedded API servers: taken, read back and lifted, with the agent's own rights."""

from __future__ import annotations

import base64
import copy
import json
import uuid
from pathlib import Path
from typing import Any

import kubernetes
import pytest
import yaml

from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.agent.manifests import AgentPlan
from dbaas_components.dr.agent.observer import FailoverObserverSpec, observer_plan
from dbaas_components.dr.agent.votes import Votes
from dbaas_components.dr.failover.cluster import ClusterRefused, KubernetesCluster
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.failover.site import Site, there
from dbaas_components.dr.lease.interface import LeaseRecord, WonBy
from dbaas_components.dr.measures.endpoint import NOWHERE, WITHDRAWN, Endpoint, addresses
from dbaas_components.dr.measures.measured import State
from dbaas_components.dr.measures.network_deny import MANAGER, NetworkDeny
from dbaas_components.dr.measures.revocation import give_back, revocation, revoke, secret_name
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan
from dbaas_components.dr.traffic.records import HOSTNAME, TTL
from tests.api.objects import ApiServer, Refused
from tests.dr.rights import wait_for_rights
from tests.unit.dr_verbs.documents import OWNERSHIP, document
from tests.unit.topology.examples import example

pytestmark = pytest.mark.api

ALIAS = "orders-primary-site"
OWN_HOST = "write.eu.db.example.com"


def connected(kubeconfig: str) -> KubernetesCluster:
    client: Any = kubernetes.config.new_client_from_config(kubeconfig)
    return KubernetesCluster("eu", client, seconds=20)


def account(
    server: ApiServer, control_plane: Any, objects: list[dict[str, Any]], namespace: str, name: str, folder: Path
) -> KubernetesCluster:
    """Makes a plan's account with its rights; a connection as that account."""
    groups = {
        "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
        "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
        "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    }
    for one in objects:
        if one["kind"] in groups:
            server.apply(f"{groups[one['kind']].format(namespace)}/{one['metadata']['name']}", one)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    token = server.call("POST", path, body=asked)["status"]["token"]
    kubeconfig = yaml.safe_load(control_plane.kubeconfig.read_text())
    kubeconfig["users"] = [{"name": kubeconfig["users"][0]["name"], "user": {"token": token}}]
    own = folder / name
    own.write_text(yaml.safe_dump(kubeconfig))
    wait_for_rights(kubernetes.config.new_client_from_config(str(own)), objects, namespace)
    return connected(str(own))


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
        agent = AgentPlan("agent", "eu", self.document, "registry.example.com/agent:1", {"app": "agent"})
        self.agents = self.site(account(self.server, control_plane, agent.objects(), self.namespace, "agent", folder))
        self.admins = self.site(connected(str(control_plane.kubeconfig)))

    def site(self, cluster: KubernetesCluster) -> Site:
        return Site("pg", "eu", self.document.roles["eu"], cluster)

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


def hostname_of(place: Place) -> str | None:
    return place.alias()["metadata"]["annotations"].get(HOSTNAME)


def test_the_name_for_external_dns_goes_under_the_fence_and_comes_back_to_the_new_primary_alone(place):
    """ExternalDNS takes a name out of DNS once no Service bears it; here the Service is what is read."""
    path, name = f'metadata.annotations["{HOSTNAME}"]', "orders.example.com"
    for primary, fields in place.document.roles["eu"]["roles"].items():
        fields[:] = [one for one in fields if one["object"] != "traffic"]
        fields.append({"object": "traffic", "path": path, "value": name if primary == "eu" else None})
    metadata = {"name": ALIAS, "namespace": place.namespace, "annotations": {HOSTNAME: name, TTL: "15"}}
    spec = {"type": "ExternalName", "externalName": OWN_HOST}
    made = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    place.server.apply(place.agents.core("services", ALIAS), made)
    endpoint = Endpoint(place.agents, place.document.traffic["eu"])
    assert endpoint.read().state is State.NOT_IN_FORCE
    endpoint.take()
    assert endpoint.read().state is State.IN_FORCE
    assert hostname_of(place) is None
    # The host and the time to live stay: nobody follows the Service itself.
    assert (place.alias()["spec"], place.alias()["metadata"]["annotations"][TTL]) == (
        {**place.alias()["spec"], "externalName": OWN_HOST},
        "15",
    )
    # Another region was promoted: this one forgets, and the name stays away.
    assert endpoint.forget()
    assert hostname_of(place) is None
    assert WITHDRAWN not in place.alias()["metadata"]["annotations"]
    # It is primary again: the step that moves traffic writes the name, as it does for any new primary.
    place.agents.cluster.merge(place.agents.core("services", ALIAS), {"metadata": {"annotations": {HOSTNAME: name}}})
    endpoint.take()
    assert hostname_of(place) is None
    assert endpoint.lift()
    assert hostname_of(place) == name
    assert endpoint.read().state is State.NOT_IN_FORCE


def an_up(place, program: dict[str, Any]) -> None:
    """Applies an object as a program's engine does: without taking what others own."""
    type_ = "application/apply-patch+yaml"
    place.server.call("PATCH", place.agents.path(), body=program, type=type_, fieldManager="pulumi-kubernetes-test")


def test_the_agent_takes_the_archives_keys_with_its_own_rights_and_may_read_no_secret(place, crds_folder):
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    bundle = [one for one in yaml.safe_load_all((crds_folder / "pg/3.0.0/crd.yaml").read_text()) if one]
    place.server.install(bundle)
    given = example("pg-both")
    given["database"] = {**given["database"], "namespace": place.namespace}
    design = parse_topology("orders", given)
    composed = compose(parse_database("orders", plan(design, "eu").arguments)).manifests()
    program = next(one for one in composed if one["kind"] == "PerconaPGCluster")
    an_up(place, program)
    before = there(place.admins).spec
    assert revoke(place.agents, there(place.agents), "orders")
    assert revocation(place.agents, there(place.agents), "orders").state is State.IN_FORCE
    void = place.admins.core("secrets", secret_name("orders", "eu"))
    assert place.server.call("GET", void)["data"]["AWS_ACCESS_KEY_ID"] == base64.b64encode(b"revoked").decode()
    with pytest.raises(ClusterRefused, match="cannot get"):
        place.agents.cluster.get(void)
    with pytest.raises(ClusterRefused, match="cannot patch"):
        place.agents.cluster.apply(place.agents.core("secrets", "bucket-keys"), {"apiVersion": "v1", "kind": "Secret"})
    # A program that would write its own names over them is refused, and told by whom.
    with pytest.raises(Refused, match='conflict with "dbaas-dr"'):
        an_up(place, program)
    assert give_back(place.agents, there(place.agents))
    assert there(place.admins).spec == before
    # From then on they are the program's again.
    files = program["spec"]["backups"]["pgbackrest"]["configuration"]
    files[0]["secret"]["name"] = "another"
    an_up(place, program)
    assert there(place.admins).spec["backups"]["pgbackrest"]["configuration"] == files


def test_the_observer_votes_with_its_own_rights_and_may_touch_nothing_else(control_plane, tmp_path):
    server, namespace = ApiServer(control_plane.kubeconfig), f"observer-{uuid.uuid4().hex[:6]}"
    server.new_namespace(namespace)
    given = document(automatic=True, witness={"context": "third", "namespace": namespace})
    parsed = parse_document(given)
    endpoints = {"eu": "127.0.0.1:1", "us": "127.0.0.1:1"}
    told = {"topology": given, "image": "x", "ownership": OWNERSHIP, "endpoints": endpoints}
    planned = observer_plan("observer", FailoverObserverSpec.model_validate(told), parsed)
    cluster = account(server, control_plane, planned.objects(), namespace, "observer", tmp_path)
    lease = LeaseRecord(topology="orders", holder="eu", instance="a", epoch=3, won_by=WonBy.FIRST)
    votes = Votes(
        cluster,
        namespace,
        topology="orders",
        voter="witness",
        voters=["witness"],
        healthy=lambda _: False,
        fresh_seconds=60,
    )
    votes.cast(lease, 0.0)
    found = server.call("GET", f"/api/v1/namespaces/{namespace}/configmaps/dbaas-dr-orders-vote-witness")
    assert json.loads(found["data"]["vote.json"])["unhealthy"] is True
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    assert cluster.get(f"{leases}/dbaas-dr-orders") is None
    with pytest.raises(ClusterRefused, match="cannot create"):
        cluster.create(leases, {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"})
    with pytest.raises(ClusterRefused, match="cannot patch"):
        cluster.apply(
            f"/api/v1/namespaces/{namespace}/configmaps/dbaas-dr-orders-vote-us",
            {"apiVersion": "v1", "kind": "ConfigMap"},
        )
