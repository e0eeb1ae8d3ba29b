"""Objects of operators and PMM before a real API server, and the Jobs' programs with the very rights that they are
given there. PMM itself is a stand-in (tests/unit/pmm/grafana.py)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.in_cluster import first_password, pmm_tokens, service
from dbaas_components.bootstrap.operators.component import Operators
from dbaas_components.bootstrap.pmm import objects
from dbaas_components.bootstrap.pmm.component import Pmm
from dbaas_components.bootstrap.pmm.spec import PmmSpec
from dbaas_components.bootstrap.pmm.tokens import PmmTokens
from dbaas_components.bootstrap.pmm.tokens_objects import rights, token_job
from dbaas_components.bootstrap.pmm.tokens_spec import PmmTokensSpec
from dbaas_components.evaluate import evaluate
from dbaas_components.versions.charts import CHARTS
from embedded.control_plane import Running
from tests.api.objects import ApiServer, Refused
from tests.api.service_accounts import Cluster
from tests.unit.pmm.certificates import write_certificate
from tests.unit.pmm.grafana import Pmm as PmmStandIn
from tests.unit.pmm.grafana import served

pytestmark = pytest.mark.api

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
COLLECTIONS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
}


@pytest.fixture(scope="module")
def server(control_plane: Running) -> ApiServer:
    return ApiServer(control_plane.kubeconfig)


@pytest.fixture
def namespace(server: ApiServer) -> str:
    """A namespace in which pods must be as careful as the strictest level wants them."""
    name = server.new_namespace(f"platform-{uuid.uuid4().hex[:8]}")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    server.call(
        "PATCH",
        f"/api/v1/namespaces/{name}",
        body={"metadata": {"labels": labels}},
        type="application/merge-patch+json",
    )
    return name


def create(server: ApiServer, manifest: dict[str, Any], **query: str) -> Any:
    place = COLLECTIONS[manifest["kind"]].format(manifest["metadata"].get("namespace", ""))
    return server.create(place, manifest, **query)


def programs(namespace: str) -> dict[str, Callable[[], None]]:
    own: Any = [{"namespace": namespace, "watch_namespaces": [namespace]}]
    everywhere: Any = [{"namespace": namespace}]
    taint = {"key": "platform", "effect": "NoExecute", "seconds": 30}
    common: Any = {"ownership": OWNERSHIP, "create_namespaces": False, "tolerations": [taint]}
    cluster_wide: Any = {**common, "installations": everywhere, "priority_class": "dbaas-platform"}
    at_home: Any = {**common, "installations": own}
    return {
        "operators": lambda: Operators("a", cluster_wide) and None,
        "operators at home": lambda: Operators("b", at_home) and None,
        "pmm": lambda: (
            Pmm(
                "c",
                {
                    "ownership": OWNERSHIP,
                    "namespace": namespace,
                    "create_namespace": False,
                    "admin_from": "job",
                    "storage": {"storage_class": "fast"},
                },
            )
            and None
        ),
        "tokens": lambda: (
            PmmTokens(
                "d",
                {
                    "ownership": OWNERSHIP,
                    "namespace": namespace,
                    "server": "https://pmm",
                    "ca_secret": "pmm-certificate",
                    "consumers": [{"namespace": namespace, "database": "orders", "engine": "pxc", "store": "both"}],
                    "vault": {"address": "https://vault:8200", "ca_secret": "vault-ca"},
                },
            )
            and None
        ),
    }


@pytest.mark.parametrize("what", programs(""))
def test_the_api_server_takes_every_object(server, namespace, what):
    graph = evaluate(programs(namespace)[what])
    judged = []
    for one in graph.resources:
        if one.type.startswith("kubernetes:") and one.kind in COLLECTIONS:
            manifest = json.loads(json.dumps(one.inputs))
            create(server, manifest, dryRun="All")
            judged.append(one.kind)
    assert len(judged) >= 5


def test_the_official_definition_takes_pmms_certificate(server, namespace, crds_folder):
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    version = CHARTS["cert-manager"].version.removeprefix("v")
    files = sorted((crds_folder / "cert-manager" / version).glob("*.yaml"))
    server.install([yaml.safe_load(file.read_text()) for file in files])
    given = {"ownership": OWNERSHIP, "namespace": namespace, "host_names": ["pmm.example.com"]}
    made = objects.certificate(parse_arguments(PmmSpec, "PMM", given))
    path = f"/apis/cert-manager.io/v1/namespaces/{namespace}/certificates"
    assert server.create(path, made, dryRun="All")["spec"] == made["spec"]


@pytest.mark.parametrize("what", programs(""))
def test_every_pod_of_ours_may_run_where_pods_are_restricted_most(server, namespace, what):
    graph = evaluate(programs(namespace)[what])
    pods = 0
    for one in graph.resources:
        given = one.inputs.get("spec")
        spec: dict[str, Any] = given if isinstance(given, dict) else {}
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" not in spec or one.kind not in COLLECTIONS:
            continue
        content = {**spec["template"]["spec"], "serviceAccountName": "default"}
        content.pop("priorityClassName", None)
        server.apply(
            f"/api/v1/namespaces/{namespace}/serviceaccounts/default",
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}},
        )
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": namespace}, "spec": content}
        create(server, pod, dryRun="All")
        pods += 1
    assert pods >= 1


@pytest.fixture
def cluster(control_plane: Running, server: ApiServer, namespace: str, tmp_path: Path) -> Cluster:
    return Cluster(control_plane.kubeconfig, server, namespace, tmp_path)


def run_first_password(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> int:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.02)
    given = {"ownership": OWNERSHIP, "namespace": cluster.namespace, "admin_from": "job"}
    password = objects.first_password(parse_arguments(PmmSpec, "PMM", given))
    configuration = {**password.job().configuration, "kubernetes": cluster.settings(password.job().name)}
    configuration |= {"wait_seconds": 20, **changes}
    file = cluster.folder / "configuration.json"
    file.write_text(json.dumps(configuration))
    return first_password.main([str(file)])


def grant(cluster: Cluster, manifests: list[dict[str, Any]]) -> None:
    for manifest in manifests:
        create(cluster.server, manifest)


def test_the_first_password_is_made_once_with_the_rights_of_its_job(cluster, monkeypatch, caplog):
    given = {"ownership": OWNERSHIP, "namespace": cluster.namespace, "admin_from": "job"}
    grant(cluster, objects.first_password(parse_arguments(PmmSpec, "PMM", given)).rights())
    assert run_first_password(cluster, monkeypatch) == 0
    first = cluster.secret("pmm-admin")
    assert set(first) == {"PMM_ADMIN_PASSWORD"}
    assert len(first["PMM_ADMIN_PASSWORD"]) == 32
    assert first["PMM_ADMIN_PASSWORD"].isalnum()
    assert run_first_password(cluster, monkeypatch) == 0
    assert cluster.secret("pmm-admin") == first
    assert first["PMM_ADMIN_PASSWORD"] not in caplog.text
    path = f"/api/v1/namespaces/{cluster.namespace}/secrets/pmm-admin"
    with pytest.raises(Refused, match="immutable"):
        cluster.server.call(
            "PATCH", path, body={"data": {"PMM_ADMIN_PASSWORD": "YQ=="}}, type="application/merge-patch+json"
        )


def test_a_job_without_its_rights_ends_in_one_sentence(cluster, monkeypatch, caplog):
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pmm-first-password"}}
    account["metadata"]["namespace"] = cluster.namespace
    create(cluster.server, account)
    assert run_first_password(cluster, monkeypatch, wait_seconds=1) == 1
    assert "the Job's service account must be allowed to get and create it" in caplog.text


class Tokens:
    """The token program, in the cluster and before a stand-in for PMM."""

    def __init__(self, cluster: Cluster, address: str) -> None:
        self.cluster = cluster
        consumer = {"namespace": cluster.namespace, "database": "orders", "engine": "pxc"}
        self.spec = parse_arguments(
            PmmTokensSpec,
            "tokens",
            {"ownership": OWNERSHIP, "namespace": cluster.namespace, "server": address, "consumers": [consumer]},
        )

    def __call__(self, wait_seconds: float = 20) -> int:
        told = dict(token_job(self.spec, "pmm-tokens").configuration)
        (self.cluster.folder / "password").write_text("correct horse")
        told |= {
            "kubernetes": self.cluster.settings("pmm-tokens"),
            "password_file": str(self.cluster.folder / "password"),
            "ca_file": str(self.cluster.folder / "pmm" / "tls.crt"),
            "wait_seconds": wait_seconds,
        }
        file = self.cluster.folder / "configuration.json"
        file.write_text(json.dumps(told))
        return pmm_tokens.main([str(file)])


@pytest.fixture
def tokens(cluster: Cluster):
    stand_in = PmmStandIn()
    with served(stand_in, *write_certificate(cluster.folder / "pmm")) as address:
        yield Tokens(cluster, address), stand_in


def test_a_token_goes_into_the_databases_secret_with_the_rights_of_the_job(tokens, cluster):
    run, pmm = tokens
    grant(cluster, rights(run.spec, "pmm-tokens"))
    assert run() == 0
    assert pmm.values() == [cluster.secret("orders-secrets")["pmmservertoken"]]
    path = f"/api/v1/namespaces/{cluster.namespace}/secrets/orders-secrets"
    found = cluster.server.call("GET", path)
    assert found["metadata"]["labels"]["dbaas-components.io/owner"] == "dba"
    assert run() == 0
    assert cluster.server.call("GET", path)["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]


def test_keys_that_the_operator_wrote_stay(tokens, cluster):
    run, pmm = tokens
    grant(cluster, rights(run.spec, "pmm-tokens"))
    metadata = {"name": "orders-secrets", "namespace": cluster.namespace}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"root": "r", "monitor": "m"}}
    cluster.server.create(f"/api/v1/namespaces/{cluster.namespace}/secrets", secret)
    assert run() == 0
    assert cluster.secret("orders-secrets") == {"root": "r", "monitor": "m", "pmmservertoken": pmm.values()[0]}


def test_a_secret_that_the_job_was_not_given_is_refused_by_kubernetes(tokens, cluster, caplog):
    run, pmm = tokens
    grant(cluster, rights(run.spec, "pmm-tokens"))
    run.spec = run.spec.model_copy(
        update={"consumers": (run.spec.consumers[0].model_copy(update={"secret": "somebody-elses"}),)}
    )
    assert run(wait_seconds=1) == 1
    assert "must be allowed to get, create and patch it" in caplog.text
    assert pmm.values() == []
