"""Stand-ins for the definitions of ExternalSecret and PushSecret.

The official definitions are not at hand. These know the fields of `external-secrets.io` that this library writes,
with the words and forms that External Secrets 2.9.0 allows there, so that a misspelt field or a wrong word is refused.
"""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_NAME: Final[dict[str, Any]] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 253,
    "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
}
_KEY: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 253, "pattern": "^[-._a-zA-Z0-9]+$"}


def _word(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _mapping(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return (
        {"type": "object", "required": required, "properties": properties}
        if required
        else {
            "type": "object",
            "properties": properties,
        }
    )


_SPEC: Final = _mapping(
    [],
    refreshInterval=_TEXT,
    refreshPolicy=_word("CreatedOnce", "Periodic", "OnChange"),
    secretStoreRef=_mapping([], name=_NAME, kind=_word("SecretStore", "ClusterSecretStore")),
    target=_mapping(
        [],
        name=_NAME,
        creationPolicy=_word("Owner", "Orphan", "Merge", "None"),
        deletionPolicy=_word("Delete", "Merge", "Retain"),
        immutable={"type": "boolean"},
        template=_mapping(
            [],
            engineVersion=_word("v2"),
            type=_TEXT,
            data={"type": "object", "additionalProperties": _TEXT},
        ),
    ),
    data={
        "type": "array",
        "items": _mapping(
            ["secretKey", "remoteRef"], secretKey=_KEY, remoteRef=_mapping(["key"], key=_TEXT, property=_TEXT)
        ),
    },
    dataFrom={
        "type": "array",
        "items": _mapping(
            [],
            extract=_mapping(["key"], key=_TEXT),
            sourceRef=_mapping([], generatorRef=_mapping(["kind", "name"], apiVersion=_TEXT, kind=_TEXT, name=_TEXT)),
        ),
    },
)
_PUSH: Final = _mapping(
    ["secretStoreRefs", "selector"],
    refreshInterval=_TEXT,
    updatePolicy=_word("Replace", "IfNotExists"),
    deletionPolicy=_word("Delete", "None"),
    secretStoreRefs={
        "type": "array",
        "items": _mapping([], name=_NAME, kind=_word("SecretStore", "ClusterSecretStore")),
    },
    selector=_mapping([], secret=_mapping([], name=_NAME)),
    data={
        "type": "array",
        "items": _mapping(
            ["match"],
            match=_mapping(
                ["remoteRef"], secretKey=_KEY, remoteRef=_mapping(["remoteKey"], remoteKey=_TEXT, property=_TEXT)
            ),
        ),
    },
)


def _definition(kind: str, plural: str, version: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.external-secrets.io"},
        "spec": {
            "group": "external-secrets.io",
            "scope": "Namespaced",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": _mapping(["spec"], spec=spec)},
                }
            ],
        },
    }


EXTERNAL_SECRET: Final[dict[str, Any]] = _definition("ExternalSecret", "externalsecrets", "v1", _SPEC)
PUSH_SECRET: Final[dict[str, Any]] = _definition("PushSecret", "pushsecrets", "v1alpha1", _PUSH)
"""The definitions, without a status."""
