"""Configuration files of mongod and mongos: from dotted paths to YAML and back, and what in them is the operator's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

ENABLE_ENCRYPTION: Final = "security.enableEncryption"
# What the PSMDB operator 1.22.0 passes on the command line, which beats the file, or what breaks what it builds on.
_OWNED: Final[Mapping[str, tuple[str, str]]] = {
    "net.bindIp": ("the operator makes servers listen on every address", "leave it out"),
    "net.bindIpAll": ("the operator makes servers listen on every address", "leave it out"),
    "net.port": ("Services, network policies and URIs of this library say 27017", "leave it out"),
    "net.ssl": ("the operator sets up TLS", "use tls"),
    "net.tls": ("the operator sets up TLS and refuses a mode of its own", "use tls"),
    "processManagement": ("Kubernetes keeps the process", "leave it out"),
    "replication.replSetName": ("it is part of the volumes' names", "use replica_set"),
    "security.authorization": ("without it the operator's own users have no meaning", "leave it out"),
    "security.clusterAuthMode": ("members log in to each other by certificate", "leave it out"),
    ENABLE_ENCRYPTION: ("the operator encrypts the data files", "use encryption"),
    "security.encryptionKeyFile": ("the operator mounts the key", "use encryption"),
    "security.keyFile": ("the operator makes the key file", "leave it out"),
    "security.kmip": ("the operator mounts no certificates for it", "use encryption.vault"),
    "security.relaxPermChecks": ("the operator sets it", "leave it out"),
    "security.transitionToAuth": ("without it the operator's own users have no meaning", "leave it out"),
    "security.vault": ("the operator mounts the token", "use encryption.vault"),
    "sharding.clusterRole": ("the operator gives each replica set its part", "use sharding"),
    "sharding.configDB": ("the operator gives each replica set its part", "use sharding"),
    "storage.dbPath": ("the operator mounts the volume there", "leave it out"),
    "storage.engine": ("the operator runs WiredTiger, the only engine that encrypts", "leave it out"),
    "storage.inMemory": ("the operator runs WiredTiger, the only engine that encrypts", "leave it out"),
    "storage.wiredTiger.engineConfig.cacheSizeGB": (
        "the operator takes half of the memory limit for it",
        "use pods.resources.memory",
    ),
    "systemLog.destination": ("the log collector and Kubernetes read it elsewhere", "use observability.logs"),
    "systemLog.logAppend": ("the log collector turns the files over", "use observability.logs"),
    "systemLog.logRotate": ("the log collector turns the files over", "use observability.logs"),
    "systemLog.path": ("the log collector and Kubernetes read it elsewhere", "use observability.logs"),
}
_HOLDS_ANYWAY: Final = {ENABLE_ENCRYPTION: True, "storage.engine": "wiredTiger"}
# Where the operator mounts the Secret for Vault.
_VAULT_FOLDER: Final = "/etc/mongodb-vault"


class Conflict(ValueError):
    """Two paths of which one is a value and the other goes on below it."""


def nested(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted path as nested mappings. Raises `Conflict` where they do not fit into each other."""
    result: dict[str, Any] = {}
    for path, value in parameters.items():
        *above, last = path.split(".")
        here = result
        for part in above:
            below = here.setdefault(part, {})
            if not isinstance(below, dict):
                raise Conflict(path)
            here = cast("dict[str, Any]", below)
        if last in here:
            raise Conflict(path)
        here[last] = value
    return result


def flat(document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values of nested mappings with their dotted paths."""
    for key, value in document.items():
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping) and value:
            yield from flat(cast("Mapping[str, Any]", value), here)
        else:
            yield here, value


def text(document: Mapping[str, Any]) -> str | None:
    """The file, or None for an empty one."""
    import yaml

    if not document:
        return None
    # The one in C where PyYAML has it: a sharded database writes many such files.
    dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(dict(document), Dumper=dumper, sort_keys=False, default_flow_style=False, width=4096)


def document(file: str) -> dict[str, Any] | None:
    """What a file says, or None if it is no YAML with a mapping in it."""
    import yaml

    try:
        found: Any = yaml.safe_load(file)
    except yaml.YAMLError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def owned(path: str, value: object) -> tuple[str, str] | None:
    """Why a path is not open to parameters, and what to do instead; None if it is open, or says what holds anyway."""
    if _HOLDS_ANYWAY.get(path) == value:
        return None
    for prefix, reason in _OWNED.items():
        if path == prefix or path.startswith(f"{prefix}."):
            return reason
    return None


def server_file(spec: DatabaseSpec, replica_set: str, parameters: Mapping[str, Any]) -> str | None:
    """The file of all members of one replica set: encryption and audit as the specification has them, and parameters.

    Each replica set has a path of its own in Vault: two would otherwise write over each other's key.
    """
    from dbaas_components.databases.layers import Layer, merged

    ours = [*_encryption(spec, replica_set), *_audit(spec)]
    return text(merged([Layer("", values) for values in (*ours, nested(parameters))]))


def router_file(spec: DatabaseSpec) -> str | None:
    """The file of mongos, which is where clients of a sharded database log in."""
    from dbaas_components.databases.layers import Layer, merged

    if spec.proxy.configuration is not None:
        return spec.proxy.configuration
    return text(merged([Layer("", values) for values in (*_audit(spec), nested(spec.proxy.parameters))]))


def _audit(spec: DatabaseSpec) -> list[dict[str, Any]]:
    # To the console and no file: nothing would turn the file over, and it would fill the data's volume.
    return [{"auditLog": {"destination": "console"}}] if spec.audit else []


def _encryption(spec: DatabaseSpec, replica_set: str) -> list[dict[str, Any]]:
    encryption = spec.encryption
    if encryption is None or encryption.provider == "secret":
        return []
    if encryption.vault is None:
        return [{"security": {"enableEncryption": False}}]
    vault = encryption.vault
    address = urlsplit(vault.address)
    path = vault.path or f"{spec.namespace}/{spec.name}"
    settings: dict[str, Any] = {
        "serverName": address.hostname,
        "port": address.port or 443,
        "tokenFile": f"{_VAULT_FOLDER}/token",
        # Version 2 of the key-value engine, in which each member's key is a further version of the same entry.
        "secret": f"{vault.mount}/data/{path}/{replica_set}",
    }
    if vault.authority:
        settings["serverCAFile"] = f"{_VAULT_FOLDER}/ca.crt"
    return [{"security": {"enableEncryption": True, "vault": settings}}]
