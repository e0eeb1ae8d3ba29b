"""The three stores of a lease, each against a server that honours its compare-and-swap."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dbaas_components.dr.lease import LeaseStore, StoreUnreachable
from dbaas_components.dr.lease.gcs_object import GcsLeaseStore
from dbaas_components.dr.lease.kubernetes_lease import KubernetesLeaseStore
from dbaas_components.dr.lease.s3_object import S3LeaseStore
from dbaas_components.dr.timing import LeaseTiming
from tests.dr.servers import cloud_storage_stand_in, s3_server

TIMING = LeaseTiming()
MakeStore = Callable[[str], LeaseStore]
"""Opens the place of that name; two stores of one name share the record."""


class AskedAgain:
    """A store whose server may be away for a moment, as on a machine that stands still: what these tests are about is
    what it answers. Says so in the test's output."""

    def __init__(self, store: LeaseStore) -> None:
        self._store = store

    @property
    def place(self) -> str:
        return self._store.place

    def load(self) -> tuple[str, str] | None:
        try:
            return self._store.load()
        except StoreUnreachable as away:
            print(f"asked again: {away}")
        return self._store.load()

    def replace(self, text: str, version: str | None) -> str | None:
        try:
            return self._store.replace(text, version)
        except StoreUnreachable as away:
            print(f"asked again: {away}")
            found = self.load()
            if (found[1] if found else None) != version:
                # Nobody knows whether that was this writer.
                raise
        return self._store.replace(text, version)


@pytest.fixture(scope="session")
def s3_options() -> Iterator[dict[str, str]]:
    with s3_server() as endpoint:
        options = {
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        import boto3

        boto3.client("s3", **options).create_bucket(Bucket="leases")
        yield options


@pytest.fixture(scope="session")
def storage_endpoint() -> Iterator[str]:
    with cloud_storage_stand_in() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def lease_namespace(control_plane) -> tuple[object, str]:
    from kubernetes import client, config

    api_client = config.new_client_from_config(str(control_plane.kubeconfig))
    name = f"leases-{uuid.uuid4().hex[:8]}"
    core: Any = client.CoreV1Api(api_client)
    core.create_namespace({"metadata": {"name": name}})
    return api_client, name


@pytest.fixture(
    scope="session",
    params=[pytest.param("kubernetes", marks=pytest.mark.api), "s3", "gcs"],
)
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    if request.param == "kubernetes":
        api_client, namespace = request.getfixturevalue("lease_namespace")
        return lambda name: AskedAgain(KubernetesLeaseStore(api_client, namespace=namespace, name=name, timing=TIMING))
    if request.param == "s3":
        options = request.getfixturevalue("s3_options")
        return lambda name: S3LeaseStore(bucket="leases", key=f"dr/{name}", timing=TIMING, client_options=options)
    endpoint = request.getfixturevalue("storage_endpoint")
    return lambda name: GcsLeaseStore(
        bucket="leases", key=f"dr/{name}", timing=TIMING, token=lambda: "a-token", endpoint=endpoint
    )


@pytest.fixture
def place() -> str:
    """A name that no other test uses."""
    return f"orders-{uuid.uuid4().hex[:10]}"
