"""Names and values that others wrote, made harmless for each form of the report."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Final

from dbaas_components.diff.document import SECRET, UNKNOWN
from dbaas_components.diff.fields import is_secret, is_unknown

LONGEST: Final = 160
_ZERO_WIDTH: Final = "\u200b"
_MARKDOWN: Final = "\\`*_{}[]()#+-.!|~>:/"


def visible(text: str, limit: int = LONGEST) -> str:
    """The text in one line, every control, format and private character written out, cut to `limit` characters.

    Control characters could move a terminal's cursor; characters that turn the direction of writing could show another
    name than the one that is there.
    """
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return "".join(_shown(character) for character in cut)


def value_text(value: Any) -> str:
    """A value in one line: text as it is, a secret never."""
    if value is None:
        return "-"
    if is_secret(value):
        return "[secret]"
    if is_unknown(value):
        return "[unknown]"
    if isinstance(value, str):
        return visible(value) or '""'
    return visible(json.dumps(_without_markers(value), ensure_ascii=False, sort_keys=True))


def markdown(text: str, limit: int = 600) -> str:
    """Text that Markdown, HTML and mentions leave alone: neither a link nor a picture, nobody is called."""
    shown = visible(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A mention, an issue and an address are found in the text that is shown, whatever is escaped in its source.
    shown = shown.replace("@", f"@{_ZERO_WIDTH}").replace("://", f":{_ZERO_WIDTH}//").replace("#", f"#{_ZERO_WIDTH}")
    shown = shown.replace("www.", f"www{_ZERO_WIDTH}.")
    return "".join(f"\\{one}" if one in _MARKDOWN and one not in "-.:/>#" else one for one in shown)


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"):
        return f"\\u{ord(character):04x}"
    return character


def _without_markers(value: Any) -> Any:
    if isinstance(value, dict):
        if SECRET in value:
            return "[secret]"
        if UNKNOWN in value:
            return "[unknown]"
        return {key: _without_markers(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_without_markers(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
