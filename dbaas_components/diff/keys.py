"""Which Secrets hold the keys of data or of backups: without them nothing that they encrypted can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.values import at

_FIELDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        # Where the field says nothing the operator takes, and makes, a Secret of this name: secrets.encryptionKey.
        "PerconaServerMongoDB": (("spec.secrets.encryptionKey", "{name}-mongodb-encryption-key"),),
        "PerconaServerMySQL": (("spec.backup.encryptionKeySecret.name", ""),),
    }
)
# What the operator calls a key that it makes itself: also where its database is of another program.
_MADE: Final = "-mongodb-encryption-key"
FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Secret": ("data", "stringData"),
        "ExternalSecret": ("spec.data", "spec.dataFrom", "spec.secretStoreRef", "spec.target.template"),
    }
)
"""Of each kind that fills a Secret, the fields that say with what."""
LOST: Final = "what was encrypted with the key in it cannot be read any more"
SOURCE: Final = "secrets.encryptionKey, backup.encryptionKeySecret: losing it = losing data"


def key_secrets(document: Document) -> frozenset[tuple[str, str]]:
    """Namespace and name of every Secret with such a key. Keys that are in Vault are no Secret's."""
    return frozenset(one for resource in document.resources for one in _named(resource))


def secret_of(resource: Saved) -> str:
    """Name of the Secret that the resource is or fills; empty where it is neither."""
    if resource.kind not in FIELDS:
        return ""
    target: Any = at(resource.inputs, "spec.target.name") if resource.kind == "ExternalSecret" else None
    return target if isinstance(target, str) and target else resource.object_name


def _named(resource: Saved) -> Iterator[tuple[str, str]]:
    if (name := secret_of(resource)).endswith(_MADE):
        yield resource.namespace, name
    for path, default in _FIELDS.get(resource.kind, ()):
        found: Any = at(resource.inputs, path)
        name = found if isinstance(found, str) and found else default.format(name=resource.object_name)
        if name:
            yield resource.namespace, name
