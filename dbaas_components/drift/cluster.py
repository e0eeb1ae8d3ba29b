"""Looks at one Kubernetes cluster: objects as they are, and as they would be after an apply. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_SECONDS: Final = 30.0
_REFUSALS: Final = {
    401: "does not know who asks; log in, or name another context with --context",
    403: "does not let whoever asks do that; use a context that may, with --context",
}


class DriftError(Exception):
    """It cannot be told whether there is drift; the message says why and never holds what was sent."""


class DryRunRefused(Exception):
    """The API server does not take the program's object, or does not let us try; its code alone."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Cluster(Protocol):
    """What a look at drift needs of a cluster."""

    def read(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """The object; None where it is not there, nor its kind. Raises `DriftError`."""
        ...

    def dry_run(self, value: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """The object as it would be after an apply. Raises `DryRunRefused` and `DriftError`."""
        ...


class LiveCluster:
    """A cluster through a client's connection."""

    def __init__(self, client: ApiClient, what: str) -> None:
        self._client: Any = client
        self._what = what
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    def read(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        path = self._path(api_version, kind, namespace, name)
        if path is None:
            return None
        status, answer = self._call("GET", path)
        if status == 404:
            return None
        if status >= 300:
            raise self._refusal(status, f"{kind} {namespace}/{name}")
        return answer

    def dry_run(self, value: Mapping[str, Any], manager: str) -> dict[str, Any]:
        metadata: Mapping[str, Any] = value["metadata"]
        kind, namespace = str(value["kind"]), str(metadata.get("namespace", ""))
        path = self._path(str(value["apiVersion"]), kind, namespace, str(metadata["name"]))
        if path is None:
            raise DryRunRefused(404)
        query = urlencode({"fieldManager": manager, "force": "true", "dryRun": "All"})
        status, answer = self._call("PATCH", f"{path}?{query}", value)
        if status >= 300:
            raise DryRunRefused(status)
        return answer

    def _path(self, api_version: str, kind: str, namespace: str, name: str) -> str | None:
        group = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        if api_version not in self._kinds:
            status, answer = self._call("GET", group)
            if status not in (200, 404):
                raise self._refusal(status, api_version)
            resources: list[Any] = answer.get("resources") or [] if status == 200 else []
            self._kinds[api_version] = {
                str(one["kind"]): (str(one["name"]), bool(one["namespaced"]))
                for one in resources
                if "/" not in str(one["name"])
            }
        found = self._kinds[api_version].get(kind)
        if found is None:
            return None
        plural, namespaced = found
        inside = f"/namespaces/{quote(namespace or 'default', safe='')}" if namespaced else ""
        return f"{group}{inside}/{plural}/{quote(name, safe='')}"

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        from urllib3.exceptions import HTTPError

        configuration = self._client.configuration
        headers = {"Accept": "application/json"}
        if body is not None:
            # JSON is YAML, too.
            headers["Content-Type"] = "application/apply-patch+yaml"
        for setting in configuration.auth_settings().values():
            headers[setting["key"]] = setting["value"]
        try:
            answer = self._client.rest_client.pool_manager.request(
                method,
                f"{configuration.host}{path}",
                body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
                headers=headers,
                timeout=_SECONDS,
                retries=False,
            )
            value: object = json.loads(answer.data)
        except (HTTPError, ValueError):
            raise DriftError(f"{self._what} does not answer; name another with --kubeconfig or --context") from None
        return int(answer.status), cast("dict[str, Any]", value) if isinstance(value, dict) else {}

    def _refusal(self, status: int, about: str) -> DriftError:
        return DriftError(f"{self._what}, about {about}: {_REFUSALS.get(status, f'answers with {status}')}")
