"""What Vault or OpenBao holds beside secrets: mounts, audit devices, policies and roles, brought to what is wanted.

What is managed bears names that begin with `dbaas-`: policies themselves, and roles by their policies. Whatever else is
there belongs to somebody else and is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow, Service, fields, strings

LOG = logging.getLogger("vault-content")
_OURS = "dbaas-"


class Content:
    """The wanted content, and the session that makes it so."""

    def __init__(self, vault: Service, session: Mapping[str, str], desired: Mapping[str, Any]) -> None:
        self._vault = vault
        self._session = session
        self._desired = desired

    def apply(self) -> None:
        """Makes, changes and removes until it is as wanted; a mount is made at most."""
        self._audit()
        self._mounts()
        self._policies()
        for mount, method in self._desired["auth"].items():
            self._login_method(mount, method)
        self._roles("auth/token/roles", self._desired["token_roles"], "allowed_policies")

    def _audit(self) -> None:
        wanted = self._desired["audit"]
        if not wanted:
            return
        found = self._read("sys/audit")
        for name, device in wanted.items():
            if f"{name}/" not in found:
                self._write("PUT", f"sys/audit/{name}", device)
                LOG.info("made audit device %s", name)

    def _mounts(self) -> None:
        found = self._read("sys/mounts")
        for path, mount in self._desired["mounts"].items():
            there = found.get(f"{path}/")
            if there is None:
                self._write("POST", f"sys/mounts/{path}", mount)
                LOG.info("made mount %s", path)
                continue
            kind = (there.get("type"), fields(there.get("options")).get("version", "1"))
            wanted = (mount["type"], mount["options"]["version"])
            if kind != wanted:
                raise Failed(
                    f"mount {path} is {_kind(kind)} and {_kind(wanted)} is wanted; a mount is never made anew, because "
                    "its keys are a part of every backup that was made with them: name another mount"
                )

    def _policies(self) -> None:
        wanted: Mapping[str, str] = self._desired["policies"]
        for name, text in wanted.items():
            path = f"sys/policies/acl/{name}"
            if self._maybe(path).get("policy") != text:
                self._write("PUT", path, {"policy": text})
                LOG.info("wrote policy %s", name)
        # Roles that use one go first, further below; a role with a policy that is not there is allowed nothing.
        for name in self._names("sys/policies/acl"):
            if name.startswith(_OURS) and name not in wanted:
                self._write("DELETE", f"sys/policies/acl/{name}")
                LOG.info("removed policy %s", name)

    def _login_method(self, mount: str, method: Mapping[str, Any]) -> None:
        if f"{mount}/" not in self._read("sys/auth"):
            self._write("POST", f"sys/auth/{mount}", {"type": method["type"]})
            LOG.info("made login method %s", mount)
        self._write("POST", f"auth/{mount}/config", method["config"])
        self._roles(f"auth/{mount}/role", method["roles"], "token_policies")

    def _roles(self, path: str, wanted: Mapping[str, Mapping[str, Any]], policies: str) -> None:
        for name, role in wanted.items():
            self._write("POST", f"{path}/{name}", role)
        for name in self._names(path):
            if name in wanted:
                continue
            held = strings(self._maybe(f"{path}/{name}").get(policies))
            if held and all(one.startswith(_OURS) for one in held):
                self._write("DELETE", f"{path}/{name}")
                LOG.info("removed role %s", name)

    def _names(self, path: str) -> list[str]:
        return strings(self._maybe(f"{path}?list=true").get("keys"))

    def _read(self, path: str) -> dict[str, Any]:
        code, answer = self._vault.call("GET", f"v1/{path}", self._session)
        return fields(fields(self._checked(code, {200}, "GET", path, answer)).get("data"))

    def _maybe(self, path: str) -> dict[str, Any]:
        """What is there; empty if it is not."""
        code, answer = self._vault.call("GET", f"v1/{path}", self._session)
        return {} if code == 404 else fields(fields(self._checked(code, {200}, "GET", path, answer)).get("data"))

    def _write(self, method: str, path: str, body: Any = None) -> None:
        code, answer = self._vault.call(method, f"v1/{path}", self._session, body)
        self._checked(code, {200, 204}, method, path, answer)

    def _checked(self, code: int, wanted: set[int], method: str, path: str, answer: Any) -> Any:
        if code in wanted:
            return answer
        errors = strings(fields(answer).get("errors")) or ["without a reason"]
        if code == 400 and "path is already in use" in str(errors):
            raise NotNow(f"somebody else is making {path}")
        raise Failed(
            f"Vault answers {code} to {method} {path} ({errors[0]}); if the Job's role lost its policy, put a root "
            "token made of the recovery keys into the Secret of its keys, as root-token, and run this again"
        )


def _kind(kind: tuple[Any, Any]) -> str:
    return f"{kind[0]} of version {kind[1]}"
