"""Conditions that are MongoDB's alone: what its own configuration says, and who votes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, cast

import yaml

from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.values import Condition, Object, at, number

# Path in the configuration, and what holds where nothing is said. Files that exist are not found, or not read, under
# another value of these.
_FILES: Final = MappingProxyType(
    {
        "storage.dbPath": None,
        "storage.directoryPerDB": False,
        "storage.engine": "wiredTiger",
        "storage.wiredTiger.engineConfig.directoryForIndexes": False,
    }
)
_KEYS: Final = ("enableEncryption", "encryptionKeyFile", "vault", "kmip", "encryptionCipherMode")
# Path, and the value with which the server keeps out less than without it.
_UNSAFE: Final = (
    ("security.authorization", "disabled"),
    ("security.transitionToAuth", True),
    ("security.ldap.transportSecurity", "none"),
    ("net.tls.allowInvalidCertificates", True),
    ("net.tls.allowInvalidHostnames", True),
    ("net.tls.allowConnectionsWithoutCertificates", True),
    ("setParameter.enableTestCommands", True),
    ("setParameter.enableTestCommands", 1),
    ("storage.journal.enabled", False),
)
_PORT: Final = 27017


def _unencrypted(change: FieldChange, _old: Object, _new: Object) -> bool:
    """Encryption at rest off, or its keys from elsewhere, on files that exist."""
    old, new = _settings(change.old), _settings(change.new)
    return any(_encryption(old, key) != _encryption(new, key) for key in _KEYS)


def _encryption(settings: Object, key: str) -> Any:
    found = at(settings, f"security.{key}")
    return True if key == "enableEncryption" and found is None else found


def _files_elsewhere(change: FieldChange, _old: Object, _new: Object) -> bool:
    old, new = _settings(change.old), _settings(change.new)
    return any(_or(at(old, path), default) != _or(at(new, path), default) for path, default in _FILES.items())


def _in_memory(change: FieldChange, _old: Object, _new: Object) -> bool:
    """The engine that keeps nothing comes."""
    old, new = (at(_settings(text), "storage.engine") for text in (change.old, change.new))
    return new == "inMemory" != old


def _another_port(change: FieldChange, _old: Object, _new: Object) -> bool:
    old, new = (_or(at(_settings(text), "net.port"), _PORT) for text in (change.old, change.new))
    return old != new


def _less_safe(change: FieldChange, _old: Object, _new: Object) -> bool:
    """Something lets in more than before, or loses more in a crash."""
    old, new = _settings(change.old), _settings(change.new)
    return any(at(new, path) == value != at(old, path) for path, value in _UNSAFE)


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Object:
    try:
        found: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return cast("Object", found) if isinstance(found, Mapping) else {}


def _settings(text: object) -> Object:
    return _parsed(text) if isinstance(text, str) else {}


def _fewer_losses(change: FieldChange, old: Object, new: Object) -> bool:
    """The replica set has a majority after fewer members' loss than before."""
    name = change.path.partition("[")[2].partition("]")[0]
    before, after = (_voters(_member_of(whole, name)) for whole in (old, new))
    return (after - 1) // 2 < (before - 1) // 2


def _member_of(whole: Object, name: str) -> Object:
    found: Any = at(whole, "spec.replsets")
    sets = cast("list[Any]", found) if isinstance(found, list) else []
    none: Object = {}
    return next((cast("Object", one) for one in sets if at(one, "name") == name), none)


def _voters(replica_set: Object) -> int:
    """Arbiters and hidden members vote, those without a vote do not (PSMDB operator 1.22.0, getConfigMemberForPod)."""
    amounts = [number(replica_set.get("size"))]
    amounts += [
        number(at(replica_set, f"{group}.size"))
        for group in ("arbiter", "hidden")
        if at(replica_set, f"{group}.enabled") is True
    ]
    nodes: Any = replica_set.get("externalNodes")
    amounts += [number(at(one, "votes")) for one in (cast("list[Any]", nodes) if isinstance(nodes, list) else [])]
    return int(sum(amount for amount in amounts if amount is not None))


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "unencrypted": _unencrypted,
        "files elsewhere": _files_elsewhere,
        "in memory": _in_memory,
        "another port": _another_port,
        "less safe": _less_safe,
        "fewer losses": _fewer_losses,
    }
)
