"""Values as a graph holds them: plain Python, plus the few things Pulumi knows beyond it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that Pulumi encrypts in the state. `value` is the plain value; printing a `Secret` never shows it."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"

    def __format__(self, format_spec: str) -> str:
        return format("[secret]", format_spec)


class Unknown:
    """A value that is not known before an update has run. There is one such value, `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource passed as a value. `id` is None for a component."""

    urn: str
    id: Any = None


@dataclass(frozen=True, slots=True)
class Asset:
    """A `pulumi` asset or archive: `kind` is `text`, `path`, `uri` or `assets`, `content` what it was made from."""

    kind: str
    content: Any


def entries(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every secret, unknown and leaf of a value with its path as a user writes it, `spec.users[0].name`.

    Does not look inside a `Secret`.
    """
    if isinstance(value, Mapping) and value:
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from entries(item, f"{path}.{key}" if path else key)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes) and value:
        for index, item in enumerate(cast("Sequence[Any]", value)):
            yield from entries(item, f"{path}[{index}]")
    else:
        yield path, value


def secret_paths(value: Any) -> tuple[str, ...]:
    """The paths of all secrets in a value, sorted."""
    return tuple(sorted(path for path, item in entries(value) if isinstance(item, Secret)))


def secrets_in(value: Any) -> Iterator[Any]:
    """The plain values of all secrets in a value."""
    return (item.value for _, item in entries(value) if isinstance(item, Secret))


def mapped(value: Any, replace: Callable[[Any], Any]) -> Any:
    """The value with `replace` applied to everything in it that is neither a mapping nor a list."""
    if isinstance(value, Mapping):
        return {key: mapped(item, replace) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [mapped(item, replace) for item in cast("Sequence[Any]", value)]
    return replace(value)
