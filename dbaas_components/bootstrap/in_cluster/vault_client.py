"""Vault and OpenBao, for programs within the Kubernetes cluster: login by Kubernetes, and key-value entries."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow, Service, fields


def login(service: Service, settings: Mapping[str, Any]) -> dict[str, str]:
    """Headers of a session of role `settings["role"]`, by the service account token in `settings["token_file"]`.

    Raises `Failed` where the role does not take the token.
    """
    body = {"role": settings["role"], "jwt": Path(settings["token_file"]).read_text().strip()}
    status, answer = service.call("POST", f"v1/auth/{settings['auth_mount']}/login", {}, body)
    if status != 200:
        raise Failed(
            f"Vault refuses the login of role {settings['role']} at {settings['auth_mount']} ({status}); the role must "
            "be bound to the Job's service account and to the audience of its token"
        )
    return {"X-Vault-Token": answer["auth"]["client_token"]}


class Entry:
    """One entry of a key-value store, version 2, as a role that logs in anew with every step may read and write it."""

    def __init__(self, service: Service, settings: Mapping[str, Any], path: str) -> None:
        self._service = service
        self._settings = settings
        self._path = path
        self._address = f"v1/{settings['mount']}/data/{urllib.parse.quote(path)}"

    def __str__(self) -> str:
        return f"{self._settings['mount']}/{self._path} in Vault"

    def read(self) -> dict[str, Any]:
        """All properties of the entry; empty if there is none."""
        return self._entry(login(self._service, self._settings))[0]

    def write(self, properties: Mapping[str, Any]) -> None:
        """Sets these properties and leaves the others. Raises `NotNow` where somebody else wrote at the same moment."""
        headers = login(self._service, self._settings)
        kept, version = self._entry(headers)
        body = {"options": {"cas": version}, "data": {**kept, **properties}}
        status, answer = self._service.call("POST", self._address, headers, body)
        if status == 400 and "check-and-set" in str(answer):
            raise NotNow(f"somebody else changes the entry {self}")
        self._checked(status, {200, 204}, "create and update")

    def _entry(self, headers: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        """All properties of the entry and its version, 0 if there is none."""
        status, answer = self._service.call("GET", self._address, headers)
        self._checked(status, {200, 404}, "read")
        # An entry that was deleted answers 404 and still has a version.
        data = fields(fields(answer).get("data"))
        return fields(data.get("data")), int(fields(data.get("metadata")).get("version") or 0)

    def _checked(self, status: int, wanted: set[int], what: str) -> None:
        if status == 403:
            raise Failed(
                f"Vault does not let role {self._settings['role']} {what} {self}; give its policy create, read and "
                f"update on {self._settings['mount']}/data/{self._path}"
            )
        if status not in wanted:
            raise Failed(f"Vault answers {status} to {self}; its mount must be a key-value store of version 2")
