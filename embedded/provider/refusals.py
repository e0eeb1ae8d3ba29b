"""What the API server refused, as readable lines that name the object and its fields."""

from __future__ import annotations

import re

from embedded.provider.objects import PATCH_FORCE
from embedded.provider.rest import ApiError
from embedded.provider.secrets import redact

_UNDECLARED = re.compile(r"(\.[^\s:]+): field not declared in schema")
_STRICT = re.compile(r'(unknown|duplicate) field "([^"]+)"')


def explain(subject: str, error: ApiError, secrets: frozenset[str] = frozenset()) -> str:
    """The refusal as one block of text without secret values: the object first, then a line per field."""
    if conflicts := [cause for cause in error.causes if cause.get("reason") == "FieldManagerConflict"]:
        lines = [f"{_field(cause)}: {_plain(cause)}" for cause in conflicts]
        text = _block(f"{subject}: {_count(lines, 'field')} managed by others, so nothing was changed", lines)
        fix = (
            f'leave the field out, list it in ignore_changes, or take it over with the annotation {PATCH_FORCE}: "true"'
        )
        return redact(f"{text}\nfix: {fix}", secrets)
    if undeclared := _UNDECLARED.findall(error.message):
        lines = [f"{path.lstrip('.')}: is not a field of this kind" for path in dict.fromkeys(undeclared)]
        return redact(_block(f"{subject}: the API server refused {_count(lines, 'field')}", lines), secrets)
    if "strict decoding error" in error.message and (found := _STRICT.findall(error.message)):
        lines = [f"{path}: is {_article(word)} field" for word, path in dict.fromkeys(found)]
        return redact(_block(f"{subject}: the API server refused {_count(lines, 'field')}", lines), secrets)
    if error.reason == "Invalid" and error.causes:
        lines = [f"{_field(cause)}: {_plain(cause)}" for cause in error.causes]
        text = _block(f"{subject}: the API server refused {_count(lines, 'field')}", lines)
        if "immutable" in error.message:
            text += "\nfix: such a field never changes; replace the object by naming the field in replace_on_changes"
        return redact(text, secrets)
    reason = f" ({error.reason})" if error.reason else f" (HTTP status {error.code})"
    return redact(f"{subject}: the API server refused it{reason}: {error.message}", secrets)


def is_missing_namespace(error: ApiError) -> bool:
    return error.code == 404 and error.details.get("kind") == "namespaces"


def is_missing_kind(error: ApiError) -> bool:
    """The path itself is not served: a definition is there, its endpoint not yet, or no longer."""
    return error.code == 404 and not error.details.get("name")


def cannot_dry_run(error: ApiError) -> bool:
    """An admission webhook with side effects refuses dry runs, or this user may not do them."""
    return error.code == 403 or (error.code == 400 and "dry run" in error.message)


def _field(cause: dict[str, str]) -> str:
    field = cause.get("field", "").lstrip(".")
    return field if field and field != "<nil>" else "the object"


def _plain(cause: dict[str, str]) -> str:
    message = cause.get("message", cause.get("reason", ""))
    return re.sub(r'^conflict with "([^"]+)"', r'managed by "\1"', message)


def _article(word: str) -> str:
    return f"an {word}" if word == "unknown" else f"a {word}"


def _count(lines: list[str], noun: str) -> str:
    return f"{len(lines)} {noun}{'' if len(lines) == 1 else 's'}"


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([head, *(f"  {line}" for line in lines)])
