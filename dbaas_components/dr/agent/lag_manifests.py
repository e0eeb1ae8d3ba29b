"""What a pod needs to measure its site's lag: the configuration, and the Secrets that it mounts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LAG_FOLDER: Final = "/etc/dbaas-dr/lag"
SCRATCH_FOLDER: Final = "/run/dbaas-dr"


@dataclass(frozen=True, slots=True)
class LagPlan:
    """How the lag of a MySQL site is measured."""

    hosts: Sequence[str]
    channel: str
    secret: str
    """Secret with the password, by the user's name as key."""
    authority_secret: str
    """Secret with `ca.crt`."""
    user: str = "monitor"
    port: int = 3306

    scratch = False

    def configuration(self) -> dict[str, Any]:
        """What the program is told."""
        return {
            "hosts": list(self.hosts),
            "port": self.port,
            "channel": self.channel,
            "user": self.user,
            "password_file": f"{LAG_FOLDER}/password",
            "authority_file": f"{LAG_FOLDER}/ca.crt",
        }

    def sources(self) -> list[dict[str, Any]]:
        """The parts of the mounted volume."""
        return [_part(self.secret, {self.user: "password"}), _part(self.authority_secret, {"ca.crt": "ca.crt"})]


@dataclass(frozen=True, slots=True)
class MemberLagPlan:
    """How the lag of a MongoDB site is measured."""

    replica_sets: Mapping[str, Sequence[str]]
    secret: str
    """Secret of the system users, with the operator's own keys."""
    authority_secret: str
    """Secret with `ca.crt`, `tls.crt` and `tls.key`."""
    port: int = 27_017
    verify_hosts: bool = True

    scratch = True

    def configuration(self) -> dict[str, Any]:
        """What the program is told."""
        files = {"user": "user", "password": "password", "authority": "ca.crt"}
        return {
            "replica_sets": {name: list(hosts) for name, hosts in self.replica_sets.items()},
            "port": self.port,
            **{f"{name}_file": f"{LAG_FOLDER}/{file}" for name, file in files.items()},
            "certificate_file": f"{LAG_FOLDER}/tls.crt",
            "key_file": f"{LAG_FOLDER}/tls.key",
            "scratch": SCRATCH_FOLDER,
            "verify_hosts": self.verify_hosts,
        }

    def sources(self) -> list[dict[str, Any]]:
        """The parts of the mounted volume."""
        # The user may read the set's status and nothing of its data (PSMDB operator 1.22).
        user = {"MONGODB_CLUSTER_MONITOR_USER": "user", "MONGODB_CLUSTER_MONITOR_PASSWORD": "password"}
        return [_part(self.secret, user), _part(self.authority_secret, {one: one for one in _CERTIFICATE})]


_CERTIFICATE: Final = ("ca.crt", "tls.crt", "tls.key")


def _part(secret: str, files: Mapping[str, str]) -> dict[str, Any]:
    items = [{"key": key, "path": path} for key, path in files.items()]
    # Optional: whoever cannot measure the lag still has to fence.
    return {"secret": {"name": secret, "items": items, "optional": True}}


def lag_volumes(plan: LagPlan | MemberLagPlan) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Mounts and volumes."""
    mounts: list[dict[str, Any]] = [{"name": "lag", "mountPath": LAG_FOLDER, "readOnly": True}]
    volumes: list[dict[str, Any]] = [{"name": "lag", "projected": {"sources": plan.sources()}}]
    if plan.scratch:
        mounts.append({"name": "scratch", "mountPath": SCRATCH_FOLDER})
        volumes.append({"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}})
    return mounts, volumes
