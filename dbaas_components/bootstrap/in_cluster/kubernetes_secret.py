"""One Kubernetes Secret, for programs that run within the Kubernetes cluster."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.kubernetes_api import KubernetesApi
from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow, fields


class KubernetesSecret:
    """A Secret that this program alone writes."""

    def __init__(self, settings: Mapping[str, Any], namespace: str, name: str, labels: Mapping[str, str]) -> None:
        self._api = KubernetesApi(settings)
        self._place = f"{namespace}/{name}"
        self._name = name
        self._labels = dict(labels)
        self._path = f"api/v1/namespaces/{namespace}/secrets"

    def __str__(self) -> str:
        return f"Secret {self._place}"

    def read(self) -> dict[str, str] | None:
        """Every key of it; None if it is not there."""
        status, found = self._api.call("GET", f"{self._path}/{self._name}")
        if status == 404:
            return None
        kept = fields(fields(self._checked(status, {200}, found)).get("data"))
        return {key: base64.b64decode(value).decode() for key, value in kept.items()}

    def write(self, values: Mapping[str, str | None]) -> None:
        """Makes it, or sets these keys of it, all at once; None removes a key."""
        data = {key: value if value is None else _encoded(value) for key, value in values.items()}
        status, answer = self._api.call("PATCH", f"{self._path}/{self._name}", {"data": data})
        if status == 404:
            metadata = {"name": self._name, "labels": self._labels}
            data = {key: value for key, value in data.items() if value is not None}
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}
            status, answer = self._api.call("POST", self._path, secret)
            if status == 409:
                raise NotNow(f"somebody else is making {self}")
        self._checked(status, {200, 201}, answer)

    def _checked(self, status: int, wanted: set[int], answer: Any) -> Any:
        if status in wanted:
            return answer
        reason = fields(answer).get("reason") or status
        raise Failed(f"Kubernetes refuses {self} ({reason}); let the Job's service account get, create and patch it")


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
