"""One Kubernetes cluster in plain requests: read, compare-and-swap, server-side apply.

Every request has a deadline of its own and no retry below, because those who ask here count their own time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlencode

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

FIELD_MANAGER: Final = "dbaas-dr"
"""Owner of the role's fields in the API server's books."""
_GOOD: Final = range(200, 300)


def tells_nothing(status: int) -> bool:
    """Whether an answer's HTTP status leaves open what became of the request: the server is in trouble, or too busy."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS


class ClusterUnreachable(Exception):
    """The API server gave no answer, or none that tells anything; a write may still have been carried out."""


class ClusterRefused(Exception):
    """The API server answered and did not do it; the text is its reason, without what was sent."""


class Conflict(ClusterRefused):
    """Somebody else changed the object after it was read."""


class Cluster(Protocol):
    """What the failover needs of a Kubernetes cluster. Raises `ClusterUnreachable` and `ClusterRefused`."""

    @property
    def name(self) -> str:
        """For messages: the region, or the witness."""
        ...

    def get(self, path: str) -> dict[str, Any] | None:
        """The object; None where it is not there."""
        ...

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Makes an object in a collection. Raises `Conflict` where it is there already."""
        ...

    def replace(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replaces an object; with a resourceVersion only that very version."""
        ...

    def apply(self, path: str, body: Mapping[str, Any], *, manager: str = FIELD_MANAGER) -> dict[str, Any]:
        """Server-side apply as `manager`, taking the fields over from whoever had them."""
        ...

    def merge(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """JSON merge patch."""
        ...

    def delete(self, path: str) -> bool:
        """Whether there was something to delete."""
        ...


class KubernetesCluster:
    """A Kubernetes cluster through the connection of a client; `seconds` is the deadline of one request."""

    def __init__(self, name: str, client: ApiClient, *, seconds: float = 4.0) -> None:
        from kubernetes.client import ApiClient

        given: Any = client
        configuration: Any = copy.deepcopy(given.configuration)
        configuration.retries = False
        self._name = name
        self._client: Any = ApiClient(configuration)
        self._seconds = seconds

    @property
    def name(self) -> str:
        return self._name

    @property
    def client(self) -> ApiClient:
        """The client itself, for stores that take one."""
        return cast("ApiClient", self._client)

    def get(self, path: str) -> dict[str, Any] | None:
        return self._call("GET", path, absent=True)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, body, query={"fieldManager": FIELD_MANAGER}) or {}

    def replace(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("PUT", path, body, query={"fieldManager": FIELD_MANAGER}) or {}

    def apply(self, path: str, body: Mapping[str, Any], *, manager: str = FIELD_MANAGER) -> dict[str, Any]:
        query = {"fieldManager": manager, "force": "true"}
        return self._call("PATCH", path, body, query=query, kind="application/apply-patch+yaml") or {}

    def merge(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        query = {"fieldManager": FIELD_MANAGER}
        return self._call("PATCH", path, body, query=query, kind="application/merge-patch+json") or {}

    def delete(self, path: str) -> bool:
        return self._call("DELETE", path, absent=True) is not None

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        kind: str = "application/json",
        absent: bool = False,
    ) -> dict[str, Any] | None:
        from urllib3.exceptions import HTTPError

        headers: dict[str, str] = {"Accept": "application/json", "Content-Type": kind}
        # Asks the kubeconfig's program for a fresh token, where there is one.
        for setting in self._client.configuration.auth_settings().values():
            headers[setting["key"]] = setting["value"]
        address = f"{self._client.configuration.host}{path}"
        try:
            answer = self._client.rest_client.pool_manager.request(
                method,
                f"{address}?{urlencode(query)}" if query else address,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=self._seconds,
                retries=False,
            )
        except (HTTPError, OSError) as error:
            raise ClusterUnreachable(f"{self._name}: no answer from its API server ({type(error).__name__})") from None
        if answer.status in _GOOD:
            return cast("dict[str, Any]", json.loads(answer.data))
        if answer.status == HTTPStatus.NOT_FOUND and absent:
            return None
        if tells_nothing(answer.status):
            raise ClusterUnreachable(f"{self._name}: its API server answered {answer.status}")
        raise _refusal(self._name, method, path, answer.status, answer.data)


def _refusal(name: str, method: str, path: str, status: int, data: bytes) -> ClusterRefused:
    try:
        told = str(json.loads(data).get("message", "")) or str(status)
    except (ValueError, AttributeError):
        told = str(status)
    text = f"{name}: {method} {path} was refused: {told}"
    return Conflict(text) if status == HTTPStatus.CONFLICT else ClusterRefused(text)
