"""YAML that others wrote, read as the Kubernetes API would take it: plain values, bounded, without aliases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any, Final, cast

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

_BASE: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PARSE: Final = cast("Callable[..., Iterator[Any]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType]
# libyaml's nodes are built by recursion, which a deep enough text makes run out of stack.
_DEEPEST: Final = 100
_TAG: Final = "tag:yaml.org,2002:"


class ManifestError(Exception):
    """The text cannot be read: the line, and what is wrong there."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


class Budget:
    """How many values may still be read, over all files of one side."""

    def __init__(self, values: int) -> None:
        self.values = values

    def spend(self, line: int) -> None:
        """Takes one value. Raises `ManifestError` when there are none left."""
        self.values -= 1
        if self.values < 0:
            raise ManifestError(line, "there are more values than a render of this size has; nothing after it was read")


class _Loader(_BASE):
    """The safe loader with the scalars of Kubernetes: neither dates nor numbers to the base of sixty."""

    yaml_implicit_resolvers: Any = {
        first: [(tag, pattern) for tag, pattern in pairs if tag not in (f"{_TAG}timestamp", f"{_TAG}int")]
        for first, pairs in _BASE.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ManifestError(line, "a key is no plain text")
            if key.tag == f"{_TAG}merge":
                raise ManifestError(line, 'merging with "<<" is not read; write the fields out')
            if key.value in seen:
                raise ManifestError(line, f"the key {key.value!r:.80} is there twice")
            seen.add(key.value)
            # The API has no other keys than texts.
            key.tag = f"{_TAG}str"
        return _BASE.construct_mapping(self, node, deep)


_Loader.add_implicit_resolver(
    f"{_TAG}int", re.compile(r"[-+]?(?:0x[0-9a-fA-F]+|0b[01]+|[0-9]{1,40})$"), list("-+0123456789")
)


def documents_in(text: str, budget: Budget) -> Iterator[tuple[int, Any]]:
    """Each document of a text that is not empty: the line it begins in, and its value as of JSON.

    Raises `ManifestError` with the line for what is no YAML, and for what a manifest needs not: aliases, merged keys, a
    key twice, values that JSON does not have, deeper nesting than objects have.
    """
    loader = None
    try:
        _check(text, budget)
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            value = loader.construct_document(node)
            if value is not None:
                line = node.start_mark.line + 1
                yield line, _plain(value, line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The end of a text may be a line that it does not have.
        line = min(mark.line, len(text.splitlines()) - 1) + 1 if mark else 1
        raise ManifestError(line, error.problem or "is no YAML") from None
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        raise ManifestError(
            text.count("\n", 0, position) + 1, f"has a character that YAML forbids: {error.reason}"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ManifestError(1, f"cannot be read ({error!s:.200})") from None
    finally:
        if loader is not None:
            loader.dispose()


def _check(text: str, budget: Budget) -> None:
    """Looks through the text's events, before anything is built of them."""
    depth = 0
    for event in _PARSE(text, Loader=_BASE):
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            raise ManifestError(line, f"the alias {event.anchor!r:.80} is not read; write its value out")
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise ManifestError(line, f"is nested more than {_DEEPEST} levels deep")
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if isinstance(event, CollectionStartEvent | ScalarEvent):
            budget.spend(line)


def _plain(value: object, line: int) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not isfinite(value):
            raise ManifestError(line, f"the object that begins here has the number {value}, which JSON does not have")
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, line) for key, item in cast("Mapping[Any, object]", value).items()}
    if isinstance(value, list):
        return [_plain(item, line) for item in cast("list[object]", value)]
    kind = "date" if isinstance(value, date) else type(value).__name__
    raise ManifestError(line, f"the object that begins here has a value of the kind {kind}, which JSON does not have")
