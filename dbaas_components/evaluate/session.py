"""A place for one program run inside the SDK, from which nothing is left behind.

The SDK keeps its settings in context variables, so a run in a copied context cannot disturb the caller's. One trap
remains: an SDK setting that was never set in a context takes the first value given as its default for the whole
process (`ContextProperty.fset` in pulumi 3.246 to 3.272). `configured` puts those defaults back.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Mapping
from typing import Any, cast

from pulumi.runtime import settings as sdk
from pulumi.runtime.config import set_all_config

from dbaas_components.evaluate.callbacks import UncalledBack

# Defaults are process-wide in the SDK; saving and restoring them must not interleave between threads.
_DEFAULTS = threading.Lock()


def configured(
    *,
    project: str,
    stack: str,
    organization: str,
    root_directory: str | None,
    monitor: Any,
    engine: Any,
    dry_run: bool,
    config: Mapping[str, str],
    secret_keys: list[str],
) -> None:
    """Makes the current context that of a program about to start. Call it in a copy of the caller's context."""
    with _DEFAULTS:
        nowhere = contextvars.Context()
        names = [name for name, kind in vars(sdk.Settings).items() if type(kind).__name__ == "ContextProperty"]
        defaults = {name: nowhere.run(_value, name) for name in names}
        sdk.Settings(
            project=project,
            stack=stack,
            organization=organization,
            root_directory=root_directory,
            monitor=monitor,
            engine=engine,
            dry_run=dry_run,
        )
        cast("Any", sdk.SETTINGS).callbacks = UncalledBack(monitor)
        for name, value in defaults.items():
            contextvars.Context().run(setattr, sdk.SETTINGS, name, value)
    sdk.ROOT.set(None)
    set_all_config(dict(config), secret_keys)


def unhandled_error() -> BaseException | None:
    """The first error of a registration in the current context.

    It carries the traceback of where it came up, which awaiting one error in several places loses.
    """
    manager = _value("rpc_manager")
    error: BaseException | None = manager.unhandled_exception
    return None if error is None else error.with_traceback(manager.exception_traceback)


def _value(name: str) -> Any:
    prop = vars(sdk.Settings)[name]
    return prop.fget()
