"""A stand-in for the definition of ExternalSecret.

Its official definition is not at hand. This one knows the fields of `external-secrets.io/v1` that this library writes,
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
    secretStoreRef=_mapping([], name=_NAME, kind=_word("SecretStore", "ClusterSecretStore")),
    target=_mapping(
        [],
        name=_NAME,
        creationPolicy=_word("Owner", "Orphan", "Merge", "None"),
        deletionPolicy=_word("Delete", "Merge", "Retain"),
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
)

EXTERNAL_SECRET: Final[dict[str, Any]] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "externalsecrets.external-secrets.io"},
    "spec": {
        "group": "external-secrets.io",
        "scope": "Namespaced",
        "names": {
            "kind": "ExternalSecret",
            "listKind": "ExternalSecretList",
            "plural": "externalsecrets",
            "singular": "externalsecret",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _mapping(["spec"], spec=_SPEC)},
            }
        ],
    },
}
"""The definition, without a status."""
