"""What only one of the stores can show: servers that do not honour the condition, foreign objects, outages."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from kubernetes import client

from dbaas_components.dr.lease import Foreign, Identity, Lease, Observed, StoreUnreachable, Unreachable, WonBy
from dbaas_components.dr.lease.gcs_object import GcsLeaseStore
from dbaas_components.dr.lease.kubernetes_lease import KubernetesLeaseStore
from dbaas_components.dr.lease.s3_object import S3LeaseStore
from dbaas_components.dr.timing import LeaseTiming

QUICK = LeaseTiming(request_timeout=0.5)
"""For servers that do not answer; those that do get their time."""
PATIENT = LeaseTiming()
EAST = Identity("orders", "east", "boot-1")


@pytest.fixture
def deaf() -> str:
    """An address on which nothing answers."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


def test_a_server_that_honours_conditional_writes_is_not_refused(s3_options, place):
    assert S3LeaseStore(bucket="leases", key=place, timing=PATIENT, client_options=s3_options).refusal() is None


@pytest.mark.parametrize(("ignored", "header"), [("IfNoneMatch", "If-None-Match"), ("IfMatch", "If-Match")])
def test_a_server_that_ignores_a_condition_is_refused_by_its_name(s3_options, place, ignored, header):
    store = S3LeaseStore(bucket="leases", key=place, timing=PATIENT, client_options=s3_options)
    put = store._client.put_object
    store._client.put_object = lambda **given: put(**{key: value for key, value in given.items() if key != ignored})
    refusal = store.refusal()
    assert refusal is not None
    assert f"does not honour {header} on PUT" in refusal


def test_a_bucket_that_is_missing_is_an_outage_not_a_race_that_was_lost(s3_options, place):
    east = Lease(S3LeaseStore(bucket="nowhere", key=place, timing=PATIENT, client_options=s3_options), EAST)
    assert isinstance(east.acquire(Observed(None, None), WonBy.FIRST), Unreachable)


def test_an_s3_server_that_does_not_answer_is_unreachable(deaf, place, s3_options):
    options = {**s3_options, "endpoint_url": deaf}
    east = Lease(S3LeaseStore(bucket="leases", key=place, timing=QUICK, client_options=options), EAST)
    assert isinstance(east.read(), Unreachable)


def test_a_cloud_storage_that_does_not_answer_is_unreachable(deaf, place):
    store = GcsLeaseStore(bucket="leases", key=place, timing=QUICK, token=lambda: "a-token", endpoint=deaf)
    assert isinstance(Lease(store, EAST).read(), Unreachable)


def test_a_token_that_cloud_storage_refuses_is_an_outage_and_is_not_told(storage_endpoint, place):
    store = GcsLeaseStore(bucket="leases", key=place, timing=PATIENT, token=lambda: "wrong", endpoint=storage_endpoint)
    found = Lease(store, EAST).acquire(Observed(None, None), WonBy.FIRST)
    assert isinstance(found, Unreachable)
    assert "401" in found.reason
    assert "wrong" not in found.reason


@pytest.mark.api
def test_a_lease_of_another_program_is_told_and_left_alone(lease_namespace, place):
    api_client, namespace = lease_namespace
    leases: Any = client.CoordinationV1Api(api_client)
    leases.create_namespaced_lease(
        namespace, {"metadata": {"name": place}, "spec": {"holderIdentity": "kube-controller-manager-0"}}
    )
    east = Lease(KubernetesLeaseStore(api_client, namespace=namespace, name=place, timing=PATIENT), EAST)
    assert isinstance(east.read(), Foreign)
    assert isinstance(east.acquire(Observed(None, None), WonBy.FIRST), Foreign)
    found = leases.read_namespaced_lease(place, namespace)
    assert found.spec.holder_identity == "kube-controller-manager-0"


@pytest.mark.api
def test_people_see_holder_duration_and_transitions_in_the_lease_itself(lease_namespace, place):
    api_client, namespace = lease_namespace
    east = Lease(KubernetesLeaseStore(api_client, namespace=namespace, name=place, timing=LeaseTiming()), EAST)
    east.acquire(Observed(None, None), WonBy.FIRST, seen_epoch=3)
    leases: Any = client.CoordinationV1Api(api_client)
    spec = leases.read_namespaced_lease(place, namespace).spec
    assert (spec.holder_identity, spec.lease_duration_seconds, spec.lease_transitions) == ("east/boot-1", 60, 3)


@pytest.mark.api
def test_a_namespace_that_is_missing_is_an_outage(lease_namespace, place):
    api_client, _ = lease_namespace
    store = KubernetesLeaseStore(api_client, namespace="nowhere", name=place, timing=PATIENT)
    with pytest.raises(StoreUnreachable, match="404"):
        store.replace('{"holder":"e","instance":"i","epoch":1,"released":false}', None)


def test_an_api_server_that_does_not_answer_is_unreachable(deaf, place):
    configuration = client.Configuration()
    configuration.host = deaf
    store = KubernetesLeaseStore(client.ApiClient(configuration), namespace="dr", name=place, timing=QUICK)
    assert isinstance(Lease(store, EAST).read(), Unreachable)
