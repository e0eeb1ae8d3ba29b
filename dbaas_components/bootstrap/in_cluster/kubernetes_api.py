"""The Kubernetes API, for programs that run within the Kubernetes cluster, as their service account."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbaas_components.bootstrap.in_cluster.service import Service


class KubernetesApi:
    """The API server."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._service = Service("the Kubernetes API", settings["server"], settings["ca_file"])
        self._token_file = Path(settings["token_file"])

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and parsed answer. Raises `NotNow` where nobody answers or somebody asks to come back."""
        # Read each time: the file's content is exchanged every hour.
        headers = {"Authorization": f"Bearer {self._token_file.read_text().strip()}"}
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        return self._service.call(method, path, headers, body, kind)
