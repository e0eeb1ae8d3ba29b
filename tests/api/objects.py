"""Talks to an API server in plain requests: server-side apply with all checks on, and waiting for definitions."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import kubernetes

_MANAGER = "dbaas-components-tests"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Refused(Exception):
    """The API server's own words for not doing what it was asked."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class ApiServer:
    """One API server, addressed by path: the client's connection, certificates and credentials, without its models."""

    def __init__(self, kubeconfig: Path) -> None:
        client: Any = kubernetes.config.new_client_from_config(str(kubeconfig))
        self._host: str = client.configuration.host
        self._pool: Any = client.rest_client.pool_manager
        self._headers = {"Accept": "application/json"}
        for setting in client.configuration.auth_settings().values():
            self._headers[setting["key"]] = setting["value"]

    def call(self, method: str, path: str, *, body: Any = None, type: str = "application/json", **query: str) -> Any:
        """The server's answer as a mapping; raises `Refused` where it gives none."""
        answer = self._pool.request(
            method,
            f"{self._host}{path}?{urlencode(query)}",
            # As Go writes it: read as YAML, an escape of half a character is none.
            body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            headers={**self._headers, "Content-Type": type},
        )
        found = json.loads(answer.data)
        if answer.status >= 300:
            raise Refused(answer.status, found["message"])
        return found

    def apply(self, path: str, manifest: dict[str, Any], **query: str) -> Any:
        """Server-side apply with strict field validation; YAML's content type also takes JSON."""
        return self.call(
            "PATCH",
            path,
            body=manifest,
            type="application/apply-patch+yaml",
            fieldManager=_MANAGER,
            fieldValidation="Strict",
            force="true",
            **query,
        )

    def create(self, path: str, manifest: dict[str, Any], **query: str) -> Any:
        """Creation with strict field validation; `path` is the kind's collection."""
        return self.call("POST", path, body=manifest, fieldManager=_MANAGER, fieldValidation="Strict", **query)

    def install(self, definitions: Sequence[dict[str, Any]], within: float = 60.0) -> None:
        """Applies definitions and waits until the server serves them all."""
        for definition in definitions:
            self.apply(f"{_DEFINITIONS}/{definition['metadata']['name']}", definition)
        deadline = time.monotonic() + within
        for definition in definitions:
            while not self._is_served(definition):
                if time.monotonic() > deadline:
                    raise AssertionError(f"{definition['metadata']['name']} is not served after {within:g} s")
                time.sleep(0.1)

    def _is_served(self, definition: dict[str, Any]) -> bool:
        status = self.call("GET", f"{_DEFINITIONS}/{definition['metadata']['name']}").get("status", {})
        # `null` until the first condition is known.
        established = [found for found in status.get("conditions") or [] if found["type"] == "Established"]
        if [found["status"] for found in established] != ["True"]:
            return False
        # Established says that it was accepted; the first answer at its path may come a moment later.
        spec = definition["spec"]
        version = next(version["name"] for version in spec["versions"] if version["storage"])
        try:
            self.call("GET", f"/apis/{spec['group']}/{version}/{spec['names']['plural']}", limit="1")
        except Refused as error:
            if error.status != 404:
                raise
            return False
        return True

    def new_namespace(self, name: str) -> str:
        """Creates a namespace and returns its name."""
        self.call("POST", "/api/v1/namespaces", body={"metadata": {"name": name}})
        return name
