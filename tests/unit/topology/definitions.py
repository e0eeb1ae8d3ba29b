"""Stand-ins for the definitions of ExternalSecret and PushSecret, whose official ones are not at hand.

They know the fields that topologies write, with the words that External Secrets 2.9.0 allows there.
"""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final[dict[str, Any]] = {"type": "string"}


def _word(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _part(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_STORE: Final = _part(name=_TEXT, kind=_word("SecretStore", "ClusterSecretStore"))
_EXTERNAL: Final = _part(
    refreshInterval=_TEXT,
    refreshPolicy=_word("CreatedOnce", "Periodic", "OnChange"),
    secretStoreRef=_STORE,
    target=_part(
        name=_TEXT,
        creationPolicy=_word("Owner", "Orphan", "Merge", "None", "CreateOrMerge"),
        deletionPolicy=_word("Delete", "Merge", "Retain"),
    ),
    dataFrom=_list(_part(extract=_part("key", key=_TEXT, property=_TEXT))),
)
_PUSH: Final = _part(
    "secretStoreRefs",
    "selector",
    refreshInterval=_TEXT,
    secretStoreRefs=_list(_STORE),
    updatePolicy=_word("Replace", "IfNotExists"),
    deletionPolicy=_word("Delete", "None"),
    selector=_part(secret=_part(name=_TEXT)),
    data=_list(
        _part(
            "match",
            match=_part("remoteRef", secretKey=_TEXT, remoteRef=_part("remoteKey", remoteKey=_TEXT, property=_TEXT)),
        )
    ),
)


def _definition(kind: str, version: str, spec: dict[str, Any]) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    served = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": _part("spec", spec=spec)}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.external-secrets.io"},
        "spec": {
            "group": "external-secrets.io",
            "scope": "Namespaced",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [served],
        },
    }


SHARED_SECRETS: Final = (_definition("ExternalSecret", "v1", _EXTERNAL), _definition("PushSecret", "v1alpha1", _PUSH))
"""Both definitions, without a status."""
