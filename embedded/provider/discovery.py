"""Which kinds the API server serves, and under which paths: asked once per group and version, then remembered."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import quote

from embedded.provider.objects import Identity
from embedded.provider.rest import Api, ApiError


class KindMissingError(LookupError):
    """The API server does not serve this kind (yet)."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(
            f"the API server has no kind {kind} in {api_version}; install the definition that brings it, and let the "
            "object depend on it"
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind is addressed."""

    api_version: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str) -> str:
        scope = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{group_path(self.api_version)}{scope}/{self.plural}/{quote(name, safe='')}"


def group_path(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


class Discovery:
    """The kinds of one API server. A missing kind is asked for again each time: its definition may be coming."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, dict[str, Kind]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def kind(self, api_version: str, kind: str) -> Kind:
        """How the kind is addressed. Raises `KindMissingError` where the server does not serve it."""
        known = self._known.get(api_version, {}).get(kind)
        if known is not None:
            return known
        with self._guard:
            lock = self._locks.setdefault(api_version, threading.Lock())
        with lock:
            known = self._known.get(api_version, {}).get(kind)
            if known is None:
                self._known[api_version] = self._ask(api_version)
                known = self._known[api_version].get(kind)
        if known is None:
            raise KindMissingError(api_version, kind)
        return known

    def forget(self, api_versions: list[str]) -> None:
        """Asks again next time: their definitions were changed or removed."""
        for api_version in api_versions:
            self._known.pop(api_version, None)

    def path(self, identity: Identity) -> str:
        return self.kind(identity.api_version, identity.kind).path(identity.namespace, identity.name)

    def _ask(self, api_version: str) -> dict[str, Kind]:
        try:
            _, answer = self._api.request("GET", group_path(api_version))
        except ApiError as error:
            if error.code == 404:
                return {}
            raise
        return {
            item["kind"]: Kind(api_version, item["name"], bool(item["namespaced"]))
            for item in answer.get("resources", [])
            if "/" not in item["name"]
        }
