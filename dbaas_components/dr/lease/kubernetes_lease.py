"""The lease as a Lease of `coordination.k8s.io/v1`, in a Kubernetes cluster that is neither region's own.

The API server refuses a replacement whose resourceVersion is not the stored one with 409, and so does a creation of
what exists: that is the compare-and-swap. The record is an annotation; holder, duration and transitions are written
into the specification too, for people and other tools.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from dbaas_components.dr.lease.interface import StoreUnreachable
from dbaas_components.labels import DOMAIN, platform_labels

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from dbaas_components.dr.timing import LeaseTiming

ANNOTATION: Final = f"{DOMAIN}/lease"
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_LONGEST_MESSAGE: Final = 300


class KubernetesLeaseStore:
    """A Lease by namespace and name. The rights it needs: get, create and update on leases in that namespace."""

    def __init__(self, client: ApiClient, *, namespace: str, name: str, timing: LeaseTiming) -> None:
        from kubernetes.client import ApiClient, CoordinationV1Api

        # Retries below would stretch one request over several timeouts; the caller counts its own tries.
        given: Any = client
        configuration: Any = copy.deepcopy(given.configuration)
        configuration.retries = False
        self._leases: Any = CoordinationV1Api(ApiClient(configuration))
        self._namespace = namespace
        self._name = name
        self._timing = timing

    @property
    def place(self) -> str:
        return f"lease {self._namespace}/{self._name}"

    def load(self) -> tuple[str, str] | None:
        found: Any = self._ask(self._leases.read_namespaced_lease, self._name, self._namespace, absent=(_NOT_FOUND,))
        if found is None:
            return None
        # A Lease without the annotation is somebody else's: its text is none of our records.
        annotations: dict[str, str] = found.metadata.annotations or {}
        return annotations.get(ANNOTATION, ""), str(found.metadata.resource_version)

    def replace(self, text: str, version: str | None) -> str | None:
        body = self._body(text, version)
        if version is None:
            written = self._ask(self._leases.create_namespaced_lease, self._namespace, body, absent=(_CONFLICT,))
        else:
            # Deleted by somebody: 404 means that the version read is not there any more.
            absent = (_CONFLICT, _NOT_FOUND)
            written = self._ask(self._leases.replace_namespaced_lease, self._name, self._namespace, body, absent=absent)
        return written.metadata.resource_version if written is not None else None

    def _body(self, text: str, version: str | None) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(text)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        metadata: dict[str, Any] = {
            "name": self._name,
            "namespace": self._namespace,
            "labels": platform_labels(),
            "annotations": {ANNOTATION: text},
        }
        if version is not None:
            metadata["resourceVersion"] = version
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                # An empty holder is the convention for a lease that was released.
                "holderIdentity": "" if record["released"] else f"{record['holder']}/{record['instance']}",
                "leaseDurationSeconds": max(1, round(self._timing.lease_seconds)),
                "leaseTransitions": record["epoch"] - 1,
                "renewTime": now,
            },
        }

    def _ask(self, call: Any, *arguments: Any, absent: tuple[int, ...]) -> Any:
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return call(*arguments, _request_timeout=self._timing.request_timeout)
        except ApiException as error:
            told: Any = error
            if told.status in absent:
                return None
            # A namespace that is missing answers 404 to a creation as well: that is an outage of this lease.
            raise StoreUnreachable(f"the API server answered {told.status} {told.reason}{_words(told)}") from None
        except (HTTPError, OSError) as error:
            raise StoreUnreachable(f"no answer from the API server: {type(error).__name__}") from None


def _words(error: Any) -> str:
    """What the API server says beside its status, in one line."""
    body: Any = error.body
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        said: Any = json.loads(text)
    except ValueError:
        said = None
    if isinstance(said, Mapping):
        text = str(cast("Mapping[str, Any]", said).get("message") or "")
    words = " ".join(text.split())[:_LONGEST_MESSAGE]
    return f": {words}" if words else ""
