"""What the SDK works out for each registration although it knows it, or could know it sooner.

Each shortcut gives what the SDK's own function gives. Those functions are private to the SDK (seen in 3.272): one that
a release no longer has is left out, and nothing breaks.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import resource as sdk_resources
from pulumi.runtime import rpc_manager

_MOST_LINES: Final = 4_096
_MOST_STACKS: Final = 512


def take_shortcuts(is_quickened: Callable[[], bool]) -> None:
    """Has the SDK take the shortcuts in programs that `is_quickened` says yes to. Once for each process."""
    for name, shortcut in (
        ("_get_source_position_for_frame", _RememberedLines),
        ("create_urn", _PlainUrns),
        ("traceback", _QuickStack),
        ("_get_stack_trace", _RememberedStacks),
    ):
        original = getattr(sdk_resources, name, None)
        if original is not None and not isinstance(original, shortcut):
            setattr(sdk_resources, name, shortcut(original, is_quickened))


class _RememberedLines:
    """The address of a line of a program, from memory: for each registration a dozen, nearly the same each time."""

    def __init__(self, original: Callable[[traceback.FrameSummary], object], is_quickened: Callable[[], bool]) -> None:
        self._original = original
        self._is_quickened = is_quickened
        self._known = lru_cache(maxsize=_MOST_LINES)(self._look)

    def __call__(self, frame: traceback.FrameSummary) -> object:
        return self._known(frame.filename, frame.lineno) if self._is_quickened() else self._original(frame)

    def _look(self, filename: str, line: int | None) -> object:
        return self._original(_frame(filename, line, ""))


class _RememberedStacks:
    """The call stack as it is sent, from memory: a loop that makes a thousand databases makes all on one stack."""

    def __init__(self, original: Callable[[], object], is_quickened: Callable[[], bool]) -> None:
        self._original = original
        self._is_quickened = is_quickened
        self._known: dict[tuple[object, ...], object] = {}

    def __call__(self) -> object:
        if not self._is_quickened():
            return self._original()
        lines: list[object] = []
        # One name for all frames, none in the end, as in `_QuickStack`.
        frame = inspect.currentframe()
        while frame is not None:
            code = frame.f_code
            lines += (code.co_filename, frame.f_lineno, code.co_name)
            frame = frame.f_back
        stack = tuple(lines)
        known = self._known.get(stack)
        if known is None:
            if len(self._known) >= _MOST_STACKS:
                self._known.clear()
            known = self._known[stack] = self._original()
        return known


class _QuickStack:
    """The module `traceback` as the SDK's registrations see it: the call stack without a look at any source file.

    They want names and numbers of lines, and Python's own asks the file system for every file on the stack.
    """

    def __init__(self, original: Any, is_quickened: Callable[[], bool]) -> None:
        self._original = original
        self._is_quickened = is_quickened
        self._known = lru_cache(maxsize=_MOST_LINES)(_frame)

    def extract_stack(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or not self._is_quickened():
            return self._original.extract_stack(*args, **kwargs)
        known = self._known
        found: list[traceback.FrameSummary] = []
        # One name for all frames, none in the end: a frame that is left in a name of its own holds itself, and with it
        # everything that its callers hold.
        frame = inspect.currentframe()
        while frame is not None:
            found.append(known(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
            frame = frame.f_back
        # Without this one.
        return found[:0:-1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _frame(filename: str, line: int | None, function: str) -> traceback.FrameSummary:
    return traceback.FrameSummary(filename, line, function, lookup_line=False, line="")


class _PlainUrns:
    """A URN of plain texts is a text, and not four outputs that wait for each other.

    The SDK makes one for each registration, for the case that there is no engine to give the true one.
    """

    def __init__(self, original: Callable[..., pulumi.Output[str]], is_quickened: Callable[[], bool]) -> None:
        self._original = original
        self._is_quickened = is_quickened

    def __call__(self, name: Any, type_: Any, parent: Any = None, *rest: Any, **named: Any) -> pulumi.Output[str]:
        plain = isinstance(name, str) and isinstance(type_, str) and isinstance(parent, str)
        if not plain or rest or named or not self._is_quickened():
            return self._original(name, type_, parent, *rest, **named)
        return pulumi.Output.from_input(f"{parent[: parent.rfind('::')]}${type_}::{name}")


def keep_chatter_here(is_quiet: Callable[[], bool]) -> None:
    """Has the SDK make no debug messages of its own in programs that `is_quiet` says yes to. Once for each process."""
    for module in (cast("Any", sdk_resources), cast("Any", rpc_manager)):
        original = getattr(module, "log", None)
        if original is not None and not isinstance(original, _QuietLog):
            module.log = _QuietLog(original, is_quiet)


class _QuietLog:
    """The module `pulumi.log` as the SDK's registrations see it: eleven messages for each of them, read by nobody."""

    def __init__(self, original: Any, is_quiet: Callable[[], bool]) -> None:
        self._original = original
        self._is_quiet = is_quiet

    def debug(self, *args: Any, **kwargs: Any) -> None:
        if not self._is_quiet():
            self._original.debug(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)
