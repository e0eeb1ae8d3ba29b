"""The record of Google Cloud DNS that clients follow, over its REST API.

Source of calls and answers: Cloud DNS API v1, `resourceRecordSets.list`, `changes.create` and `changes.get`. A change
is one transaction: what it deletes has to be there word for word, else it answers 412 and nothing is changed. It is
spoken to over urllib3, which the Kubernetes client brings along: Google's own library would be a dependency of every
installation for three requests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode

from dbaas_components.dr.failover.cluster import ClusterUnreachable, Conflict, tells_nothing
from dbaas_components.dr.failover.document import RecordPlace
from dbaas_components.dr.failover.records_in_clouds import RecordRefused
from dbaas_components.dr.lease.gcs_object import metadata_token
from dbaas_components.dr.lease.interface import StoreUnreachable
from dbaas_components.errors import Problem, SpecError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_API: Final = "https://dns.googleapis.com"
_TIMEOUT: Final = 10.0
_OVERTAKEN: Final = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)
TOKEN: Final = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105
PROJECT: Final = "GOOGLE_CLOUD_PROJECT"


def access_token() -> str:
    """What stands in the environment as `GOOGLE_OAUTH_ACCESS_TOKEN`, else a token of this machine's service account.

    Raises `RecordRefused` where there is neither.
    """
    if given := os.environ.get(TOKEN):
        return given
    try:
        return metadata_token(_TIMEOUT)
    except StoreUnreachable as error:
        message = f"Cloud DNS: no credentials ({error}); set {TOKEN} to what `gcloud auth print-access-token` prints"
        raise RecordRefused(message) from None


class CloudDnsRecord:
    """A plain record set. The rights it needs: dns.resourceRecordSets.list, create and delete, dns.changes.create and
    get.

    Replaced in one change with the TTL that it has; done once Cloud DNS says that its name servers have it. `token`
    gives an access token each time it is called; `endpoint` is for private endpoints and tests.
    """

    def __init__(
        self, place: RecordPlace, *, project: str, token: Callable[[], str] = access_token, endpoint: str = _API
    ) -> None:
        import urllib3

        self._place = place
        self._project = project
        self._token = token
        zone = f"projects/{quote(project, safe='')}/managedZones/{quote(place.zone, safe='')}"
        self._zone = f"{endpoint.rstrip('/')}/dns/v1/{zone}"
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)
        self._change: str | None = None

    def ttl(self) -> int:
        return int(self._read()["ttl"])

    def point(self, values: Mapping[str, Any]) -> bool:
        wanted = cast("list[str]", values["rrdatas"])
        found = self._read()
        if found["rrdatas"] == wanted:
            return self._is_under_way()
        change = {"deletions": [found], "additions": [{**found, "rrdatas": wanted}]}
        self._change = str(self._ask("POST", f"{self._zone}/changes", change).get("id", ""))
        return True

    def _read(self) -> dict[str, Any]:
        name, kind = f"{self._place.name.rstrip('.')}.", self._place.type
        answer = self._ask("GET", f"{self._zone}/rrsets?{urlencode({'name': name, 'type': kind})}")
        found = cast("list[dict[str, Any]]", answer.get("rrsets") or [])
        if not found:
            message = f"Cloud DNS: {name} {kind} is not in zone {self._place.zone}; make it by the stack of the record"
            raise RecordRefused(message)
        if found[0].get("routingPolicy") or not found[0].get("rrdatas"):
            message = "has a routing policy, and a change would not move all clients; make it a plain record"
            raise RecordRefused(f"Cloud DNS: {name} {kind} {message}")
        # Without what the server adds of its own: a deletion is compared by these.
        return {key: found[0][key] for key in ("name", "type", "ttl", "rrdatas")}

    def _is_under_way(self) -> bool:
        if not self._change:
            return False
        return self._ask("GET", f"{self._zone}/changes/{quote(self._change, safe='')}").get("status") == "pending"

    def _ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        import urllib3

        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        text = json.dumps(body).encode() if body is not None else None
        try:
            answer = self._pool.request(method, url, body=text, headers=headers)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterUnreachable(f"Cloud DNS: no answer ({type(error).__name__})") from None
        if answer.status != HTTPStatus.OK:
            raise self._told(answer)
        try:
            return cast("dict[str, Any]", json.loads(answer.data))
        except ValueError:
            raise ClusterUnreachable("Cloud DNS: answered with something that is no JSON") from None

    def _told(self, answer: BaseHTTPResponse) -> ClusterUnreachable | Conflict | RecordRefused:
        place = f"{self._place.name} in zone {self._place.zone} of project {self._project}"
        words = f"Cloud DNS: {answer.status}{_reason(answer.data)} for {place}"
        if answer.status in _OVERTAKEN:
            return Conflict(words)
        if tells_nothing(answer.status):
            return ClusterUnreachable(words)
        return RecordRefused(f"{words}; see the zone's name and the rights of whoever runs this")


def cloud_dns_record(place: RecordPlace) -> CloudDnsRecord:
    """The record, with a token of the environment or of this machine. Raises `SpecError` where no project is named."""
    project = place.project or os.environ.get(PROJECT, "")
    if not project:
        message = f"is required for Cloud DNS and was not given; write the zone's project, or set {PROJECT}"
        raise SpecError("record", [Problem("project", message)])
    return CloudDnsRecord(place, project=project)


def _reason(data: bytes) -> str:
    """Google's word for what went wrong (`forbidden`, `notFound`), without the sentence around it."""
    try:
        errors = json.loads(data)["error"]["errors"]
        return f" {errors[0]['reason']}"
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
