"""Keeps secret values out of messages: finds them in an object, and takes them out of what the API server says."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

from embedded.provider.objects import is_secret
from embedded.provider.values import Path, Unknown

HIDDEN = "[secret]"
_WINDOW = 8
"""A message that repeats this many characters of a secret in a row is withheld: it may hold a cut-off value."""


def secret_texts(value: dict[str, Any], secrets: Iterable[Path]) -> frozenset[str]:
    """Every secret of the object as text, in each way a message may spell it: as is, escaped, base64 and decoded."""
    paths = set(secrets)
    if is_secret(value.get("apiVersion", ""), value.get("kind", "")):
        paths |= {("data",), ("stringData",)}
    found: set[str] = set()
    for path in paths:
        for leaf in _leaves(_at(value, path)):
            found |= _spellings(leaf)
    return frozenset(found)


def redact(message: str, secrets: frozenset[str]) -> str:
    """The message without secret values; withheld whole where it seems to hold a part of one."""
    if not secrets:
        return message
    for text in sorted(secrets, key=len, reverse=True):
        # A secret of a letter or two would otherwise be found inside every other word.
        pattern = re.escape(text) if len(text) > 3 else rf"(?<!\w){re.escape(text)}(?!\w)"
        message = re.sub(pattern, HIDDEN, message)
    for text in secrets:
        pieces = (text[start : start + _WINDOW] for start in range(len(text) - _WINDOW + 1))
        if any(piece in message for piece in pieces):
            return "the API server's message is withheld, because it repeats a part of a secret input"
    return message


def _at(value: Any, path: Path) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        if value and not isinstance(value, Unknown):
            yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _spellings(text: str) -> set[str]:
    spellings = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    spellings.add(base64.b64encode(text.encode()).decode())
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except ValueError:
        return spellings
    if decoded.strip():
        spellings |= {decoded, json.dumps(decoded)[1:-1]}
    return spellings
