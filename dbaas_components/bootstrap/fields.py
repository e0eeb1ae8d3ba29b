"""Checks of fields that several platform components take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from dbaas_components.databases.spec.addresses import SECURE_SERVER
from dbaas_components.databases.spec.part import SecretKey
from dbaas_components.errors import matching

_Items = TypeVar("_Items", bound=tuple[Any, ...])
_mount = matching(
    r"[A-Za-z0-9]([-_/A-Za-z0-9]*[A-Za-z0-9])?",
    "is not a mount of Vault; write such as secret or team/kv, without a slash around",
)


@dataclass(frozen=True, slots=True)
class Form:
    """Text of one form, refused with what it should have been: `"x" is not the name of a bucket; write ...`."""

    pattern: str
    """Regular expression that the whole text matches."""
    what: str
    """What the text is and how it is written, with an example."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            matching(self.pattern, f"is not {self.what}"), handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^{self.pattern}$"}


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


SecretPlace = Annotated[SecretKey, BeforeValidator(_no_value)]
"""Where a secret value is; a value in its place is refused without being repeated."""
VaultMount = Annotated[str, AfterValidator(_mount)]
"""Path of a secrets engine or of an auth method in Vault."""
SecureServer = Annotated[
    str, Form(SECURE_SERVER.strip("^$"), "the address of a server; write one such as https://server.example.com:8200")
]
"""`https://vault.example.com:8200`."""
ServiceAccount = Annotated[
    str,
    Form(
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[-.a-z0-9]+",
        "a service account; write namespace/name, such as external-secrets/external-secrets",
    ),
]
"""A service account, `namespace/name`."""
