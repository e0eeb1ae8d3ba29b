"""Checks of fields that several platform components take."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator

from dbaas_components.databases.spec.part import SecretKey
from dbaas_components.errors import shown

_Items = TypeVar("_Items", bound=tuple[Any, ...])
_MOUNT: Final = re.compile(r"[A-Za-z0-9]([-_/A-Za-z0-9]*[A-Za-z0-9])?")


def not_empty(items: _Items) -> _Items:
    """The items, of which there is one at least."""
    if not items:
        raise ValueError("is empty; write at least one")
    return items


def _no_value(value: Any) -> Any:
    if isinstance(value, str):
        # Not repeated: it may be the secret itself.
        raise ValueError("is text, and a secret is never written here; name where it is, with secret and key")
    return value


def _mount(text: str) -> str:
    if not _MOUNT.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a mount of Vault; write such as secret or team/kv, without a slash around"
        )
    return text


SecretPlace = Annotated[SecretKey, BeforeValidator(_no_value)]
"""Where a secret value is; a value in its place is refused without being repeated."""
VaultMount = Annotated[str, AfterValidator(_mount)]
"""Path of a secrets engine or of an auth method in Vault."""
