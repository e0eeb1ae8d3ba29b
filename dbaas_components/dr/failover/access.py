"""The clusters and the lease of a topology, as connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dbaas_components.dr.failover.cluster import KubernetesCluster
from dbaas_components.dr.failover.document import Access, GcsPlace, S3Place, TopologyDocument
from dbaas_components.dr.failover.records import RecordStore
from dbaas_components.dr.failover.site import Site
from dbaas_components.dr.lease.interface import LeaseStore
from dbaas_components.errors import Problem, SpecError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


@dataclass(frozen=True, slots=True)
class Connections:
    """Everything that answers, or will not."""

    document: TopologyDocument
    sites: Mapping[str, Site]
    records: Mapping[str, RecordStore]
    witness: KubernetesCluster | None
    lease: LeaseStore


def open_connections(document: TopologyDocument) -> Connections:
    """Connections by the document's contexts; nothing is asked of any cluster yet.

    Raises `SpecError` where there is no such context, or where two of them lead to one API server.
    """
    seconds = document.timing.request_timeout
    clusters = {
        region: KubernetesCluster(region, _client(f"clusters.{region}", document.clusters[region]), seconds=seconds)
        for region in document.roles
    }
    witness = None
    if document.witness is not None:
        witness = KubernetesCluster("witness", _client("witness", document.witness), seconds=seconds)
    _refuse_one_cluster(document, {**clusters, **({"witness": witness} if witness else {})})
    sites = {region: Site(document.engine, region, document.roles[region], clusters[region]) for region in clusters}
    records = {
        region: RecordStore(site.cluster, site.namespace, topology=document.topology, region=region)
        for region, site in sites.items()
    }
    return Connections(document, sites, records, witness, lease_store(document, witness))


def _refuse_one_cluster(document: TopologyDocument, clusters: Mapping[str, KubernetesCluster]) -> None:
    """Two contexts may lead to one API server: it would be fenced and promoted at once."""
    seen: dict[str, str] = {}
    for name, cluster in clusters.items():
        found: Any = cluster.client
        address = str(found.configuration.host).rstrip("/")
        if (other := seen.setdefault(address, name)) != name:
            message = (
                f"{other} and {name} lead to one API server, {address}, by two contexts; regions and witness have to "
                "be Kubernetes clusters of their own"
            )
            raise SpecError(f'topology "{document.topology}"', [Problem("clusters", message)])


def lease_store(document: TopologyDocument, witness: KubernetesCluster | None) -> LeaseStore:
    """Where the document's lease is."""
    if isinstance(document.lease, S3Place):
        from dbaas_components.dr.lease.s3_object import S3LeaseStore

        options = {"region_name": document.lease.region, "endpoint_url": document.lease.endpoint}
        return S3LeaseStore(
            bucket=document.lease.bucket,
            key=document.lease.key,
            timing=document.timing,
            client_options={key: value for key, value in options.items() if value},
        )
    if isinstance(document.lease, GcsPlace):
        from dbaas_components.dr.lease.gcs_object import GcsLeaseStore

        return GcsLeaseStore(bucket=document.lease.bucket, key=document.lease.key, timing=document.timing)
    from dbaas_components.dr.lease.kubernetes_lease import KubernetesLeaseStore

    assert document.witness is not None, "the document says where the lease is"
    assert witness is not None, "a document with a witness has a connection to it"
    return KubernetesLeaseStore(
        witness.client,
        namespace=document.witness.namespace,
        name=lease_name(document.topology),
        timing=document.timing,
    )


def lease_name(topology: str) -> str:
    """Name of the Lease in the witness."""
    return f"dbaas-dr-{topology}"


def _client(path: str, access: Access) -> ApiClient:
    # Here and not above: the agent's pod has none of the databases' modules.
    from dbaas_components.databases.live import connect

    try:
        return connect(access.context, access.kubeconfig)
    except SpecError as error:
        told = "; ".join(one.message.partition("; name another with")[0] for one in error.problems)
        problem = Problem(path, f"leads nowhere: {told}; correct its context or kubeconfig")
        raise SpecError("topology's document", [problem]) from None
