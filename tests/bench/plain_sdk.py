"""Runs a program in-process as one would by hand: the SDK's own mocks, its threads, and no help of ours."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from pulumi.runtime.mocks import MockEngine, MockMonitor, Mocks
from pulumi.runtime.settings import ROOT, Settings
from pulumi.runtime.stack import run_in_stack


class _Echo(Mocks):
    """Gives every resource an identifier and its inputs back, as a user's mocks do."""

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        return {}, None


def run(program: Callable[[], None]) -> int:
    """Runs the program; how many resources it registered."""
    monitor = MockMonitor(_Echo())

    def inner() -> None:
        ROOT.set(None)
        Settings("project", "dev", monitor=monitor, engine=MockEngine(None), dry_run=False, organization="organization")
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run_in_stack(program))
        loop.close()

    contextvars.copy_context().run(inner)
    return len(monitor.resources)
