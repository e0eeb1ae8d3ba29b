"""The SDK's register of what an engine may call back, without the server behind it: an evaluation calls nothing."""

from __future__ import annotations

from typing import Any

from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]


class UncalledBack(_CallbackServicer):
    """Takes hooks and transforms as the SDK's own does.

    That one opens a port for every program that has a hook, as every database has, and would stay behind as the default
    of the whole process (see `session`), with all that the program registered.
    """

    def __init__(self, monitor: Any) -> None:
        # Not the SDK's constructor, which makes the server. These are all the fields that its registering uses.
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = ""
