"""The four things done to one object of a cluster: apply, dry run, read and delete, each with its waiting."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable
from typing import Any

from embedded.provider import refusals, waits
from embedded.provider.discovery import Discovery, KindMissingError
from embedded.provider.kubeconfig import Connection
from embedded.provider.objects import (
    DELETION_PROPAGATION,
    FIELD_MANAGER,
    PATCH_FORCE,
    SKIP_AWAIT,
    Identity,
    annotation,
    is_custom_resource_definition,
    parse_path,
)
from embedded.provider.rest import APPLY, Api, ApiError
from embedded.provider.values import Path
from embedded.provider.waits import WaitError, Waiting

MISSING_KIND_PATIENCE = 60.0
MISSING_NAMESPACE_PATIENCE = 10.0
_PROPAGATION = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}


class ExistsError(Exception):
    """An object of this name is there already, and this resource did not make it."""


class NotReadyError(Exception):
    """The object was written, but did not become what it has to be; `live` is its last state."""

    def __init__(self, message: str, live: dict[str, Any]) -> None:
        super().__init__(message)
        self.live = live


class Cluster:
    """One Kubernetes cluster, through the connection it was configured with."""

    def __init__(self, connection: Connection, *, upsert: bool = False, force: bool = False) -> None:
        self.connection = connection
        self._upsert = upsert
        self._force = force
        self._api = Api(connection)
        self._discovery = Discovery(self._api)

    def version(self) -> str:
        """The API server's version. Raises `UnreachableError` after 5 s without an answer."""
        _, answer = self._api.request("GET", "/version", quick=True)
        return str(answer.get("gitVersion", "unknown"))

    def identify(self, api_version: str, kind: str, namespace: str, name: str) -> Identity:
        """The object's identity, with the default namespace where its kind has namespaces and none was given.

        Raises `KindMissingError` where the server does not serve the kind.
        """
        namespaced = self._discovery.kind(api_version, kind).namespaced
        return Identity(api_version, kind, (namespace or self.connection.namespace) if namespaced else "", name)

    def await_kind(self, api_version: str, kind: str, waiting: Waiting) -> None:
        """Waits up to a minute for the kind to be served: its definition may be on its way in the same update.

        Raises `KindMissingError` where it does not come.
        """
        try:
            waiting.until(
                f"the kind {kind} in {api_version}",
                lambda: None if self._serves(api_version, kind) else "it is not served",
                at_most=MISSING_KIND_PATIENCE,
            )
        except WaitError as error:
            raise KindMissingError(api_version, kind) from error

    def read(self, identity: Identity) -> dict[str, Any] | None:
        """The live object; None where the object, its namespace or its kind is gone."""
        try:
            return self._api.request("GET", self._discovery.path(identity))[1]
        except KindMissingError:
            return None
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def dry_run(self, identity: Identity, value: dict[str, Any], manager: str) -> tuple[dict[str, Any], bool]:
        """The object as the server would store it, and whether it would be a new one."""
        status, live = self._patch(identity, value, manager, dry_run=True)
        return live, status == 201

    def create(self, identity: Identity, value: dict[str, Any], manager: str, waiting: Waiting) -> dict[str, Any]:
        """Applies a new object and waits until others can build on it.

        Waits ten seconds for a namespace that is not there: it may be on its way in the same update. An object that an
        interrupted run of the same resource left is taken over.

        Raises `ExistsError` for an object of someone else, `NotReadyError` where the waiting failed.
        """
        live = self._existing(identity, manager, waiting)
        if live is not None and live["metadata"].get("deletionTimestamp"):
            self._wait_gone(identity, live, waiting)
        live = self._apply_when_possible(identity, value, manager, waiting)
        return self._ready(identity, value, live, waiting)

    def update(
        self, identity: Identity, value: dict[str, Any], manager: str, ignored: Iterable[str], waiting: Waiting
    ) -> dict[str, Any]:
        """Applies a changed object; see `with_live_values` for what `ignored` paths mean."""
        live = self._apply_when_possible(identity, self.with_live_values(identity, value, ignored), manager, waiting)
        return self._ready(identity, value, live, waiting)

    def with_live_values(self, identity: Identity, value: dict[str, Any], ignored: Iterable[str]) -> dict[str, Any]:
        """The inputs with the live value at every ignored path that they have.

        The engine fills ignored fields with their last inputs. Applied, those would be in conflict with whoever the
        user lets change them, and left out, the server would reset the fields that only this manager owns.
        """
        paths = [parse_path(path) for path in ignored]
        live = self.read(identity) if paths else None
        if live is None:
            return value
        result = copy.deepcopy(value)
        for path in paths:
            _take_over(result, live, path)
        return result

    def delete(self, identity: Identity, value: dict[str, Any], waiting: Waiting) -> None:
        """Deletes the object and waits until it is gone; one that is gone already is as good.

        Raises `WaitError` where it stays, which a finalizer that nobody serves makes it do.
        """
        policy = _PROPAGATION.get(annotation(value, DELETION_PROPAGATION).lower(), "Background")
        live = self.read(identity)
        if live is None:
            return
        try:
            self._api.request(
                "DELETE",
                self._discovery.path(identity),
                body={"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy},
            )
        except ApiError as error:
            if error.code == 404:
                return
            raise
        if annotation(value, SKIP_AWAIT) != "true":
            self._wait_gone(identity, live, waiting)
        if is_custom_resource_definition(identity.api_version, identity.kind):
            self._discovery.forget(waits.definition_versions(live))

    def owners(self, live: dict[str, Any]) -> str:
        """Who wrote the object's fields, for a message: the managers' names."""
        names = dict.fromkeys(item.get("manager", "") for item in live["metadata"].get("managedFields", []))
        return ", ".join(name for name in names if name) or "someone unknown"

    def _existing(self, identity: Identity, manager: str, waiting: Waiting) -> dict[str, Any] | None:
        live = self.read(identity)
        if live is None or self._upsert or live["metadata"].get("deletionTimestamp"):
            return live
        managers = {item.get("manager") for item in live["metadata"].get("managedFields", [])}
        if manager not in managers:
            raise ExistsError(
                f"{identity} exists already, written by {self.owners(live)}; import it (import_ in ResourceOptions), "
                "give a renamed resource an alias, or choose another name"
            )
        waiting.host.info(f"{identity} was made by an interrupted run of this resource; going on with it", waiting.urn)
        return live

    def _apply_when_possible(
        self, identity: Identity, value: dict[str, Any], manager: str, waiting: Waiting
    ) -> dict[str, Any]:
        applied: list[dict[str, Any]] = []
        namespace_deadline = time.monotonic() + MISSING_NAMESPACE_PATIENCE

        def missing() -> str | None:
            try:
                applied.append(self._patch(identity, value, manager)[1])
            except ApiError as error:
                namespace_may_come = refusals.is_missing_namespace(error) and time.monotonic() < namespace_deadline
                if namespace_may_come or refusals.is_missing_kind(error):
                    return error.message
                raise
            return None

        waiting.until(f"the place of {identity}", missing, at_most=MISSING_KIND_PATIENCE)
        return applied[-1]

    def _patch(
        self, identity: Identity, value: dict[str, Any], manager: str, *, dry_run: bool = False
    ) -> tuple[int, dict[str, Any]]:
        query = {"fieldManager": manager, "fieldValidation": "Strict"}
        query["force"] = "true" if self._force or annotation(value, PATCH_FORCE) == "true" else "false"
        if dry_run:
            query["dryRun"] = "All"
        body = {
            **value,
            "apiVersion": identity.api_version,
            "kind": identity.kind,
            "metadata": {**value.get("metadata", {}), "name": identity.name},
        }
        if identity.namespace:
            body["metadata"]["namespace"] = identity.namespace
        path = self._discovery.path(identity)
        return self._api.request("PATCH", path, query=query, body=body, content_type=APPLY)

    def _ready(
        self, identity: Identity, value: dict[str, Any], live: dict[str, Any], waiting: Waiting
    ) -> dict[str, Any]:
        if annotation(value, SKIP_AWAIT) == "true":
            return live
        seen = [live]

        def look() -> dict[str, Any]:
            found = self.read(identity)
            if found is not None:
                seen.append(found)
            return seen[-1]

        try:
            if is_custom_resource_definition(identity.api_version, identity.kind):
                self._discovery.forget(waits.definition_versions(live))
                waiting.until(f"{identity} to be established", lambda: waits.definition_missing(look(), self._serves))
            elif identity.kind == "Namespace" and identity.api_version == "v1":
                waiting.until(f"{identity} to be active", lambda: _not_active(look()))
        except WaitError as error:
            raise NotReadyError(str(error), seen[-1]) from error
        return seen[-1]

    def _serves(self, api_version: str, kind: str) -> bool:
        try:
            self._discovery.kind(api_version, kind)
        except KindMissingError:
            return False
        return True

    def _wait_gone(self, identity: Identity, deleted: dict[str, Any], waiting: Waiting) -> None:
        uid = deleted["metadata"].get("uid")

        def missing() -> str | None:
            live = self.read(identity)
            # The same name under another uid is a new object of someone else, and the old one is gone.
            return waits.still_there(live) if live is not None and live["metadata"].get("uid") == uid else None

        waiting.until(f"{identity} to be gone", missing)


def is_stand_in(manager: str) -> bool:
    return manager.startswith(FIELD_MANAGER)


def _not_active(namespace: dict[str, Any]) -> str | None:
    phase = namespace.get("status", {}).get("phase")
    return None if phase == "Active" else f"phase Active (it is {phase or 'not set'})"


def _take_over(into: Any, live: Any, path: Path) -> None:
    """Writes the live value at the path wherever `into` has it; a `*` stands for every key or index."""
    head, rest = path[0], path[1:]
    if isinstance(into, dict):
        keys = list(into) if head == "*" else [head] if head in into else []
        for key in keys:
            there = live.get(key) if isinstance(live, dict) else None
            if rest:
                _take_over(into[key], there, rest)
            elif there is None:
                del into[key]
            else:
                into[key] = there
    elif isinstance(into, list) and isinstance(live, list):
        for index in range(min(len(into), len(live))) if head == "*" else [head] if isinstance(head, int) else []:
            if index >= min(len(into), len(live)):
                continue
            if rest:
                _take_over(into[index], live[index], rest)
            else:
                into[index] = live[index]
