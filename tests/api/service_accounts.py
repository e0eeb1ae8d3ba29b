"""What a Job sees of the API server: its address, its authority, and a token of its service account."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from tests.api.objects import ApiServer


class Cluster:
    """One namespace of an API server, as programs within it see it."""

    def __init__(self, kubeconfig: Path, server: ApiServer, namespace: str, folder: Path) -> None:
        self.server, self.namespace, self.folder = server, namespace, folder
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        self.address = cluster["server"]
        content = cluster.get("certificate-authority-data")
        text = base64.b64decode(content) if content else Path(cluster["certificate-authority"]).read_bytes()
        (folder / "ca.crt").write_bytes(text)

    def settings(self, account: str) -> dict[str, str]:
        """Signs in as a service account."""
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{account}/token"
        (self.folder / "token").write_text(self.server.call("POST", path, body=request)["status"]["token"])
        return {
            "server": self.address,
            "token_file": str(self.folder / "token"),
            "ca_file": str(self.folder / "ca.crt"),
        }

    def secret(self, name: str) -> dict[str, str]:
        """The values of a Secret."""
        found = self.server.call("GET", f"/api/v1/namespaces/{self.namespace}/secrets/{name}")
        return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}
