"""One pool of connections to one API server, and its answers as plain dicts or as errors that keep the status."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3

from embedded.provider.kubeconfig import Connection

APPLY = "application/apply-patch+yaml"
JSON = "application/json"


class ApiError(Exception):
    """The API server refused a request. `status` is its `meta/v1` Status, `code` the HTTP status."""

    def __init__(self, code: int, status: dict[str, Any]) -> None:
        self.code = code
        self.status = status
        super().__init__(self.message)

    @property
    def message(self) -> str:
        return str(self.status.get("message") or f"HTTP status {self.code}")

    @property
    def reason(self) -> str:
        return str(self.status.get("reason") or "")

    @property
    def details(self) -> dict[str, Any]:
        return self.status.get("details") or {}

    @property
    def causes(self) -> list[dict[str, Any]]:
        return self.details.get("causes") or []


class UnreachableError(Exception):
    """No answer from the API server; the message names context, server and cause."""


class Api:
    """The API server of one connection. Safe to share between threads."""

    def __init__(self, connection: Connection, *, connections: int = 32) -> None:
        self.connection = connection
        address = urlsplit(connection.server)
        self._prefix = address.path.rstrip("/")
        # Applying, reading and deleting are all safe to repeat, so a connection that the server closed meanwhile, or a
        # server that asks to come back later (429, 503), costs no failed update.
        retries = urllib3.Retry(
            total=4,
            backoff_factor=0.2,
            status_forcelist=(429, 503),
            allowed_methods=None,
            raise_on_status=False,
        )
        common: dict[str, Any] = {
            "maxsize": connections,
            "retries": retries,
            "timeout": urllib3.Timeout(connect=5, read=90),
            "headers": {"User-Agent": "pulumi-kubernetes-stand-in", "Accept": JSON, **connection.headers},
        }
        host = address.hostname or ""
        if connection.tls is None:
            self._pool = urllib3.HTTPConnectionPool(host, address.port, **common)
        else:
            self._pool = urllib3.HTTPSConnectionPool(
                host,
                address.port,
                ssl_context=connection.tls,
                server_hostname=connection.server_name,
                assert_hostname=None if connection.tls.check_hostname else False,
                **common,
            )

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Any = None,
        content_type: str = JSON,
        quick: bool = False,
    ) -> tuple[int, dict[str, Any]]:
        """The HTTP status and the decoded answer. `quick` gives up after one try of 5 s: for a first contact.

        Raises `ApiError` for a refusal and `UnreachableError` where no answer came.
        """
        target = self._prefix + quote(path) + (f"?{urlencode(query)}" if query else "")
        options: dict[str, Any] = {}
        if body is not None:
            options = {"body": json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()}
            options["headers"] = {**self._pool.headers, "Content-Type": content_type}
        if quick:
            options |= {"retries": False, "timeout": urllib3.Timeout(connect=5, read=5)}
        try:
            response = self._pool.request(method, target, **options)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreachableError(self._unreachable(error)) from error
        answer = _decoded(response.data)
        if response.status >= 400:
            raise ApiError(response.status, answer)
        return response.status, answer

    def _unreachable(self, error: Exception) -> str:
        cause: BaseException = getattr(error, "reason", None) or error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        said = cause.strerror if isinstance(cause, OSError) and cause.strerror else cause
        return (
            f"the Kubernetes API server of {self.connection} does not answer: {said}; "
            "start the cluster, or choose another with kubernetes:kubeconfig and kubernetes:context"
        )


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except ValueError:
        # A proxy in front of the API server answers in text.
        return {"message": data[:300].decode(errors="replace").strip()}
    return answer if isinstance(answer, dict) else {"message": str(answer)[:300]}
