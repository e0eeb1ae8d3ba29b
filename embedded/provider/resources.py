"""The life of one plain object under Pulumi: preview, create, read, update and delete, on plain values."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import Any

from embedded.provider import refusals
from embedded.provider.cluster import Cluster, NotReadyError, is_stand_in
from embedded.provider.discovery import KindMissingError
from embedded.provider.host import Host
from embedded.provider.live import FIELD_MANAGER_KEY, imported_inputs, outputs, preview_outputs, refreshed_inputs
from embedded.provider.objects import (
    PATCH_FIELD_MANAGER,
    TIMEOUT_SECONDS,
    Identity,
    Token,
    annotation,
    field_manager,
    kind_of,
    metadata_of,
    parse_id,
)
from embedded.provider.rest import ApiError
from embedded.provider.secrets import secret_texts
from embedded.provider.values import Properties
from embedded.provider.waits import Waiting

DEFAULT_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the program, as a request names it."""

    urn: str
    token: Token


class RefusedError(Exception):
    """The cluster refused an object; the message names it, its fields and, where there is one, the fix."""


class HalfDoneError(Exception):
    """The object is there, but did not become ready; the state has to keep it, so its id and outputs come along."""

    def __init__(self, message: str, resource_id: str, outputs: dict[str, Any], inputs: Properties) -> None:
        super().__init__(message)
        self.id = resource_id
        self.outputs = outputs
        self.inputs = inputs


@dataclass(slots=True)
class Resources:
    """The operations on the objects of one cluster."""

    cluster: Cluster
    host: Host
    cancelled: Event

    def preview_create(self, resource: Resource, inputs: Properties) -> dict[str, Any] | None:
        """The outputs as far as a dry run can tell; None where it cannot be done (yet)."""
        if not inputs.known:
            return None
        manager = field_manager(resource.urn, inputs.value)
        try:
            identity = self._identify(resource.token, inputs.value)
            live, created = self.cluster.dry_run(identity, inputs.value, manager)
        except KindMissingError as error:
            self.host.debug(f"not tried in a dry run: {error}", resource.urn)
            return None
        except ApiError as error:
            if not self._dry_run_later(error, resource) and not self._exists(resource, inputs):
                raise self._refused(resource, inputs, error) from error
            return None
        if not created:
            self._exists(resource, inputs)
        return preview_outputs(live, manager, created=created)

    def create(self, resource: Resource, inputs: Properties, timeout: float) -> tuple[str, dict[str, Any]]:
        """The id and outputs of the new object.

        Raises `RefusedError`, `HalfDoneError`, `ExistsError`, `KindMissingError` and `WaitError`.
        """
        waiting = self._waiting(resource, inputs.value, timeout)
        manager = field_manager(resource.urn, inputs.value)
        try:
            identity = self._identify(resource.token, inputs.value)
        except KindMissingError:
            self.cluster.await_kind(*kind_of(inputs.value, resource.token), waiting)
            identity = self._identify(resource.token, inputs.value)
        try:
            live = self.cluster.create(identity, inputs.value, manager, waiting)
        except NotReadyError as error:
            raise HalfDoneError(str(error), identity.id, outputs(error.live, manager), inputs) from error
        except ApiError as error:
            raise self._refused(resource, inputs, error) from error
        return identity.id, outputs(live, manager)

    def preview_update(
        self, resource: Resource, resource_id: str, olds: dict[str, Any], news: Properties, ignored: list[str]
    ) -> dict[str, Any] | None:
        """The outputs as far as a dry run can tell; None where it cannot be done (yet)."""
        if not news.known:
            return None
        manager = self._manager(resource, olds, news.value)
        try:
            identity = self._named(resource, resource_id, news.value)
            value = self.cluster.with_live_values(identity, news.value, ignored)
            live, created = self.cluster.dry_run(identity, value, manager)
        except KindMissingError as error:
            self.host.debug(f"not tried in a dry run: {error}", resource.urn)
            return None
        except ApiError as error:
            if not self._dry_run_later(error, resource):
                raise self._refused(resource, news, error) from error
            return None
        return preview_outputs(live, manager, created=created)

    def update(
        self,
        resource: Resource,
        resource_id: str,
        olds: dict[str, Any],
        news: Properties,
        ignored: list[str],
        timeout: float,
    ) -> dict[str, Any]:
        """The outputs of the changed object.

        Raises `RefusedError`, `HalfDoneError`, `KindMissingError` and `WaitError`.
        """
        manager = self._manager(resource, olds, news.value)
        identity = self._named(resource, resource_id, news.value)
        waiting = self._waiting(resource, news.value, timeout)
        try:
            return outputs(self.cluster.update(identity, news.value, manager, ignored, waiting), manager)
        except NotReadyError as error:
            raise HalfDoneError(str(error), resource_id, outputs(error.live, manager), news) from error
        except ApiError as error:
            raise self._refused(resource, news, error) from error

    def read(
        self, resource: Resource, resource_id: str, state: dict[str, Any], inputs: dict[str, Any] | None
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """Id, outputs and inputs of the live object; None where it is gone.

        Without old inputs it is an import, and the inputs are what a program would have to say.
        """
        known = inputs or state
        try:
            identity = self._named(resource, resource_id, known)
        except KindMissingError:
            return None
        try:
            live = self.cluster.read(identity)
        except ApiError as error:
            raise RefusedError(refusals.explain(str(identity), error)) from error
        if live is None:
            return None
        manager = self._manager(resource, state, known)
        if inputs:
            return resource_id, outputs(live, manager), refreshed_inputs(inputs, state, live)
        return identity.id, outputs(live, manager), imported_inputs(live)

    def delete(self, resource: Resource, resource_id: str, state: dict[str, Any], timeout: float) -> None:
        """Deletes the object and waits until it is gone; gone already is as good."""
        waiting = self._waiting(resource, state, timeout)
        try:
            identity = self._named(resource, resource_id, state)
            self.cluster.delete(identity, state, waiting)
        except KindMissingError:
            # The definition went first, and took its objects along.
            return
        except ApiError as error:
            raise RefusedError(refusals.explain(f"{resource.token.kind} {resource_id}", error)) from error

    def _identify(self, token: Token, value: dict[str, Any]) -> Identity:
        metadata = metadata_of(value)
        return self.cluster.identify(*kind_of(value, token), metadata.get("namespace") or "", metadata.get("name", ""))

    def _named(self, resource: Resource, resource_id: str, value: dict[str, Any]) -> Identity:
        return self.cluster.identify(*kind_of(value, resource.token), *parse_id(resource_id))

    def _manager(self, resource: Resource, state: dict[str, Any], value: dict[str, Any]) -> str:
        kept = state.get(FIELD_MANAGER_KEY)
        if isinstance(kept, str) and not annotation(value, PATCH_FIELD_MANAGER):
            return kept
        return field_manager(resource.urn, value)

    def _waiting(self, resource: Resource, value: dict[str, Any], timeout: float) -> Waiting:
        written = annotation(value, TIMEOUT_SECONDS)
        seconds = timeout or (float(written) if written.isdigit() else DEFAULT_TIMEOUT)
        return Waiting(self.host, resource.urn, seconds, self.cancelled)

    def _dry_run_later(self, error: ApiError, resource: Resource) -> bool:
        """Whether the dry run failed only for what this same update may bring, or for being a dry run."""
        if refusals.is_missing_namespace(error) or refusals.is_missing_kind(error):
            self.host.debug(f"not tried in a dry run: {error.message}", resource.urn)
            return True
        if refusals.cannot_dry_run(error):
            self.host.warning(f"the API server does no dry run of this object: {error.message}", resource.urn)
            return True
        return False

    def _exists(self, resource: Resource, inputs: Properties) -> bool:
        """Whether the object to be created is there; a warning says so where it is not the stand-in's own.

        It may be replaced in this same update, so that a preview cannot tell whether that is a mistake.
        """
        identity = self._identify(resource.token, inputs.value)
        live = self.cluster.read(identity)
        if live is None:
            return False
        managers = [item.get("manager", "") for item in live["metadata"].get("managedFields", [])]
        if not any(map(is_stand_in, managers)):
            self.host.warning(
                f"{identity} exists already, written by {self.cluster.owners(live)}; the update will refuse to create "
                "it unless it is deleted first",
                resource.urn,
            )
        return True

    def _refused(self, resource: Resource, inputs: Properties, error: ApiError) -> RefusedError:
        metadata = metadata_of(inputs.value)
        name = "/".join(part for part in (metadata.get("namespace"), metadata.get("name")) if part)
        kind = kind_of(inputs.value, resource.token)[1]
        return RefusedError(refusals.explain(f"{kind} {name}", error, secret_texts(inputs.value, inputs.secrets)))
