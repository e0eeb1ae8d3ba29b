"""Real Vault servers on loopback, filled by the very programs that run in the Kubernetes cluster, which log in to them
with service accounts of a real API server."""

from __future__ import annotations

import base64
import copy
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.in_cluster import service, vault_bootstrap, vault_tokens
from dbaas_components.bootstrap.vault import objects
from dbaas_components.bootstrap.vault.server_configuration import Places, server_configuration
from dbaas_components.bootstrap.vault.spec import VaultSpec
from embedded import builds
from embedded.control_plane import Running
from embedded.control_plane.ports import free_port, free_ports
from embedded.operators import RunningOperator
from embedded.progress import ConsoleReport
from embedded.vault import VAULT, VaultServer
from tests.api.objects import ApiServer
from tests.buckets.conftest import rclone, server  # noqa: F401 - the bucket that snapshots go to
from tests.unit.pmm.certificates import write_certificate

GROUP = "rbac.authorization.k8s.io"
OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


def parsed(**given: Any) -> VaultSpec:
    """The specification of a Vault; Vault and not OpenBao, whose server cannot be built here."""
    seal = {"shamir": "keys_kept_in_a_secret"}
    return parse_arguments(
        VaultSpec, "vault", {"ownership": OWNERSHIP, "software": "vault", "replicas": 1, "seal": seal, **given}
    )


@pytest.fixture(scope="session")
def vault_program(request: pytest.FixtureRequest) -> None:
    """Builds the server where that was not done, or skips with the reason."""
    if builds.cached(VAULT) is None and (reason := builds.missing_go()):
        pytest.skip(f"vault-server: {reason}")
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        builds.build(VAULT, ConsoleReport(Console(stderr=True)))


@pytest.fixture(scope="session")
def api(control_plane: Running) -> ApiServer:
    """The API server that tells who a token belongs to."""
    return ApiServer(control_plane.kubeconfig)


class Site:
    """A namespace with the service accounts of everybody, and a Vault of one or more servers."""

    def __init__(self, api: ApiServer, control_plane: Running, folder: Path) -> None:
        self.api, self.folder = api, folder
        self.namespace = api.new_namespace(f"vault-{uuid.uuid4().hex[:8]}")
        cluster = yaml.safe_load(control_plane.kubeconfig.read_text())["clusters"][0]["cluster"]
        self.kubernetes = cluster["server"]
        content = cluster.get("certificate-authority-data")
        self.kubernetes_ca = (
            base64.b64decode(content) if content else Path(cluster["certificate-authority"]).read_bytes()
        ).decode()
        (folder / "kubernetes.crt").write_text(self.kubernetes_ca)
        self.certificate, _ = write_certificate(folder / "certificate")
        self.ports: list[int] = []
        self.running: list[RunningOperator] = []
        self.extra: dict[str, str] = {}
        self._reviewer = self._reviewing()

    def start(self, spec: VaultSpec, name: str = "vault") -> None:
        """Starts every server of it, or those of them that were stopped."""
        if len(self.ports) != spec.replicas:
            self.ports = free_ports(spec.replicas)
        neighbours = tuple(f"https://localhost:{port}" for port in self.ports)
        self.running = []
        for number, port in enumerate(self.ports):
            data = self.folder / f"{name}-{number}-data"
            data.mkdir(exist_ok=True)
            places = Places(
                certificate=str(self.certificate.parent),
                data=str(data),
                address=f"127.0.0.1:{port}",
                cluster_address=f"127.0.0.1:{free_port()}",
                neighbours=neighbours if spec.replicas > 1 else (),
                in_pod=False,
            )
            # Its own authority is its certificate.
            (self.certificate.parent / "ca.crt").write_bytes(self.certificate.read_bytes())
            environment = {
                "VAULT_API_ADDR": f"https://localhost:{port}",
                "VAULT_CLUSTER_ADDR": f"https://{places.cluster_address}",
                "VAULT_RAFT_NODE_ID": f"{name}-{number}",
                **self.extra,
            }
            configuration = server_configuration(spec, places)
            made = VaultServer(f"{name}-{number}", configuration, self.folder, environment)
            self.running.append(made.start())

    def stop(self) -> None:
        """Stops every server in order; their data stay."""
        for one in self.running:
            one.stop()
        self.running = []

    def account(self, name: str) -> str:
        """Makes a service account, if it is not there; `namespace/name` of it."""
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{name}"
        self.api.apply(path, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        return f"{self.namespace}/{name}"

    def token(self, name: str, audience: str | None = "vault") -> Path:
        """A file with a token of a service account."""
        self.account(name)
        spec = {"audiences": [audience]} if audience else {}
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{name}/token"
        file = self.folder / f"{name}-{audience}.token"
        file.write_text(self.api.call("POST", path, body=request)["status"]["token"])
        return file

    def configuration(self, spec: VaultSpec) -> dict[str, Any]:
        """What the bootstrap program is told, with the addresses of this machine in the place of pods'."""
        found: dict[str, Any] = copy.deepcopy(dict(objects.bootstrap_job(spec).configuration))
        for one in objects.rights(spec):
            if one["kind"] in {"Role", "RoleBinding"}:
                group = f"/apis/{GROUP}/v1"
                self.api.apply(
                    f"{group}/namespaces/{self.namespace}/{one['kind'].lower()}s/{one['metadata']['name']}", one
                )
        found["address"] = f"https://localhost:{self.ports[0]}"
        for one, port in zip(found["pods"], self.ports, strict=True):
            one["address"] = f"https://localhost:{port}"
        found["ca_file"] = str(self.certificate)
        found["wait_seconds"] = 120
        found["kubernetes"] = {
            "server": self.kubernetes,
            "token_file": str(self.token("dbaas-bootstrap", None)),
            "ca_file": str(self.folder / "kubernetes.crt"),
        }
        found["login"]["token_file"] = str(self.token("dbaas-bootstrap"))
        method = found["desired"]["auth"]["kubernetes"]
        method["config"] = {
            "kubernetes_host": self.kubernetes,
            "kubernetes_ca_cert": self.kubernetes_ca,
            # In a pod, its own service account's, which the chart lets review tokens.
            "token_reviewer_jwt": self._reviewer,
            "disable_local_ca_jwt": True,
        }
        audit = found["desired"]["audit"]
        if audit:
            audit["file"]["options"]["file_path"] = str(self.folder / "audit.log")
            audit["console"]["options"]["file_path"] = "discard"
        return found

    def fill(self, spec: VaultSpec) -> None:
        """Runs the bootstrap program."""
        vault_bootstrap.run(self.configuration(spec))

    def access(self, spec: VaultSpec, role: str, account: str, audience: str | None = "vault") -> dict[str, Any]:
        """What a program is told of Vault."""
        return {
            **objects.access(spec, role),
            "address": f"https://localhost:{self.ports[0]}",
            "ca_file": str(self.certificate),
            "token_file": str(self.token(account, audience)),
        }

    def give_tokens(self, spec: VaultSpec) -> list[str]:
        """Runs the program that gives databases their tokens; the sentences of those that got none."""
        configuration = {
            **objects.tokens_job(spec).configuration,
            "vault": self.access(spec, "dbaas-tokens", "dbaas-tokens"),
            "wait_seconds": 5,
        }
        return vault_tokens.run(configuration)

    def call(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        """A call of Vault with this token."""
        vault = service.Service("Vault", f"https://localhost:{self.ports[0]}", str(self.certificate))
        return vault.call(method, f"v1/{path}", {"X-Vault-Token": token}, body)

    def secret(self) -> dict[str, str]:
        """What the program keeps in the Kubernetes cluster."""
        found = self.api.call("GET", f"/api/v1/namespaces/{self.namespace}/secrets/vault-recovery-keys")
        return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}

    def _reviewing(self) -> str:
        token = self.token("reviewer", None).read_text()
        binding = {
            "apiVersion": f"{GROUP}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": self.namespace},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:auth-delegator",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "reviewer", "namespace": self.namespace}],
        }
        self.api.apply(f"/apis/{GROUP}/v1/clusterrolebindings/{self.namespace}", binding)
        return token


@pytest.fixture
def site(
    vault_program: None, api: ApiServer, control_plane: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """A site with nothing in it yet."""
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.1)
    made = Site(api, control_plane, tmp_path)
    yield made
    for one in made.running:
        one.kill()
