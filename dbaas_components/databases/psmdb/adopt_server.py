"""The way back from configuration files: encryption, audit and parameters.

A file is text, and the next render has to make the same text again: a file with comments or another layout stays whole
among the overrides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from dbaas_components.databases.adoption_reading import Fields, first, flag, given, items, part, text
from dbaas_components.databases.layers import Layer, merged
from dbaas_components.databases.psmdb import configuration
from dbaas_components.databases.psmdb.names import CONFIG_SERVERS

_AUDIT: Final[dict[str, Any]] = {"auditLog": {"destination": "console"}}


def server(arguments: dict[str, Any], proxy: dict[str, Any], spec: Fields, name: str) -> dict[str, Any]:
    """The arguments, completed with what the configuration files say."""
    replica_set = first(items(spec, "replsets"))
    sharded = flag(part(spec, "sharding"), "enabled")
    files = {text(replica_set, "name") or "rs0": text(replica_set, "configuration")}
    if sharded:
        files[CONFIG_SERVERS] = text(part(spec, "sharding", "configsvrReplSet"), "configuration")
    router = text(part(spec, "sharding", "mongos"), "configuration") if sharded else None
    documents = {one: _document(file) for one, file in files.items()}
    audited = [*documents.values(), *([_document(router)] if sharded else [])]
    audit = all(text(part(one, "auditLog"), "destination") == "console" for one in audited)
    encryption = _encryption(spec, documents, name, str(arguments.get("namespace") or ""))
    settings = {
        one: _parameters(file or "", documents[one], [*_secured(documents[one]), *([_AUDIT] if audit else [])])
        for one, file in files.items()
    }
    through_mongos = _parameters(router or "", _document(router), [_AUDIT] if audit else [])
    parameters, *others = settings.values()
    result = {
        **arguments,
        **given(parameters=parameters, encryption=encryption, audit=True if audit else None),
    }
    if sharded:
        result["sharding"] = {**arguments.get("sharding", {}), **given(config_parameters=others[0] if others else None)}
        words = given(parameters=through_mongos) or given(configuration=router)
        result["proxy"] = {**proxy, **words}
    return result


def _document(file: str | None) -> dict[str, Any]:
    return configuration.document(file or "") or {}


def _secured(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What encryption writes into a file, as it stands there."""
    security = part(document, "security")
    # That it is on is the operator's default, and then no more than a setting that somebody wrote down.
    says = "vault" in security or security.get("enableEncryption") is False
    found = {key: security[key] for key in ("enableEncryption", "vault") if key in security}
    return [{"security": found}] if says else []


def _parameters(file: str, document: Mapping[str, Any], ours: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings of a file by dotted path; empty where they would not make the same file again."""
    written = dict(configuration.flat(merged([Layer("", values) for values in ours])))
    found = {path: value for path, value in configuration.flat(document) if path not in written}
    plain = all(isinstance(value, str | int | float) for value in found.values())
    if not plain or any(configuration.owned(path, value) or not all(path.split(".")) for path, value in found.items()):
        return {}
    try:
        layers = [Layer("", values) for values in (*ours, configuration.nested(found))]
    except configuration.Conflict:
        return {}
    return found if configuration.text(merged(layers)) == file else {}


def _encryption(
    spec: Fields, documents: Mapping[str, Mapping[str, Any]], name: str, namespace: str
) -> dict[str, Any] | None:
    secrets = part(spec, "secrets")
    replica_set, document = next(iter(documents.items()))
    vault = part(document, "security", "vault")
    if text(secrets, "vault") and vault:
        return {"provider": "vault", "vault": _vault(vault, text(secrets, "vault"), replica_set, name, namespace)}
    if part(document, "security").get("enableEncryption") is False:
        return {"provider": "none"}
    key = text(secrets, "encryptionKey")
    return {"provider": "secret", "secret": key} if key else None


def _vault(found: Fields, secret: str | None, replica_set: str, name: str, namespace: str) -> dict[str, Any]:
    host, port = text(found, "serverName") or "", text(found, "port") or "443"
    mount, _, path = (text(found, "secret") or "").partition("/data/")
    path = path.removesuffix(f"/{replica_set}")
    address = f"https://{host}:{port}"
    return given(
        address=address if urlsplit(address).hostname else None,
        mount=mount or None,
        path=None if path == f"{namespace}/{name}" else path or None,
        secret=None if secret == f"{name}-vault" else secret,
        authority=None if "serverCAFile" in cast("Mapping[str, object]", found) else False,
    )
