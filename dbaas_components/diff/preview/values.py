"""Values in an engine's output, as a saved graph has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from dbaas_components.diff.document import SECRET, UNKNOWN
from dbaas_components.plain_values import SIGNATURE

# Pulumi, sdk/go/common/resource/plugin/rpc.go and sdk/go/common/resource/properties.go.
_SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how the engine marks one
_SECRET_WORD: Final = "[secret]"  # noqa: S105 - what the engine writes in place of one
_UNKNOWNS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
        "[unknown]",
    }
)
_OF_THE_PROVIDER: Final = "__"


def marked(value: Any) -> Any:
    """Values as a saved graph has them: secrets and unknown ones under their marks, nothing of the provider's own."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        if fields.get(SIGNATURE) == _SECRET_SIGNATURE:
            return {SECRET: _SECRET_WORD}
        return {key: marked(item) for key, item in fields.items() if not key.startswith(_OF_THE_PROVIDER)}
    if isinstance(value, list):
        return [marked(item) for item in cast("list[Any]", value)]
    if isinstance(value, str):
        if value == _SECRET_WORD:
            return {SECRET: _SECRET_WORD}
        if value in _UNKNOWNS:
            return {UNKNOWN: True}
    return value
