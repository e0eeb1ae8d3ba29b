"""The lease as an object in a Google Cloud Storage bucket, by generation match.

Cloud Storage's JSON API carries out an upload with `ifGenerationMatch=N` only over generation N of the object, and with
0 only where none stands; it answers 412 otherwise. It is spoken to over urllib3, which the Kubernetes client brings
along: Google's own library would be a dependency of every installation for two requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from dbaas_components.dr.lease.interface import StoreUnreachable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from dbaas_components.dr.timing import LeaseTiming

_API: Final = "https://storage.googleapis.com"
_METADATA: Final = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"


def metadata_token(timeout: float) -> str:
    """An access token of the service account of this machine or, with Workload Identity, of this pod.

    Asked from the metadata server, which keeps it until it is near its end. Raises `StoreUnreachable`.
    """
    import urllib3

    try:
        answer = urllib3.request(
            "GET", _METADATA, headers={"Metadata-Flavor": "Google"}, timeout=timeout, retries=False
        )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreUnreachable(f"no answer from the metadata server: {type(error).__name__}") from None
    if answer.status != HTTPStatus.OK:
        raise StoreUnreachable(f"the metadata server answered {answer.status} to the question for a token")
    return str(_json(answer, "the metadata server").get("access_token", ""))


class GcsLeaseStore:
    """An object by bucket and name. The rights it needs: storage.objects.get, create and delete on it.

    Delete, because Cloud Storage asks for it where an object is replaced. `token` gives an access token each time it
    is called; without one, the metadata server is asked. `endpoint` is for private endpoints and tests.
    """

    def __init__(
        self,
        *,
        bucket: str,
        key: str,
        timing: LeaseTiming,
        token: Callable[[], str] | None = None,
        endpoint: str = _API,
    ) -> None:
        import urllib3

        self._bucket = bucket
        self._key = key
        self._timeout = timing.request_timeout
        self._token = token or (lambda: metadata_token(timing.request_timeout))
        self._endpoint = endpoint.rstrip("/")
        # Retries below would stretch one request over several timeouts; the caller counts its own tries.
        self._pool = urllib3.PoolManager(retries=False, timeout=timing.request_timeout)

    @property
    def place(self) -> str:
        return f"gs://{self._bucket}/{self._key}"

    def load(self) -> tuple[str, str] | None:
        url = f"{self._endpoint}/storage/v1/b/{quote(self._bucket, safe='')}/o/{quote(self._key, safe='')}"
        answer = self._ask("GET", url, {"alt": "media"})
        if answer.status == HTTPStatus.NOT_FOUND:
            # A bucket that is missing answers 404 too, and then every creation fails loudly.
            return None
        generation = answer.headers.get("x-goog-generation")
        if answer.status != HTTPStatus.OK or not generation:
            raise StoreUnreachable(f"Cloud Storage answered {answer.status} to a read")
        return answer.data.decode("utf-8", "replace"), generation

    def replace(self, text: str, version: str | None) -> str | None:
        url = f"{self._endpoint}/upload/storage/v1/b/{quote(self._bucket, safe='')}/o"
        fields = {"uploadType": "media", "name": self._key, "ifGenerationMatch": version or "0"}
        answer = self._ask("POST", url, fields, text)
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            return None
        if answer.status != HTTPStatus.OK:
            raise StoreUnreachable(f"Cloud Storage answered {answer.status} to a write")
        return str(_json(answer, "Cloud Storage")["generation"])

    def _ask(self, method: str, url: str, fields: dict[str, str], body: str | None = None) -> BaseHTTPResponse:
        import urllib3

        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in fields.items())
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        try:
            return self._pool.request(
                method, f"{url}?{query}", body=body.encode() if body else None, headers=headers, timeout=self._timeout
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StoreUnreachable(f"no answer from Cloud Storage: {type(error).__name__}") from None


def _json(answer: BaseHTTPResponse, who: str) -> dict[str, Any]:
    try:
        return json.loads(answer.data)
    except ValueError:
        raise StoreUnreachable(f"{who} answered with something that is no JSON") from None
