"""A failure of the cloud or of Helm, told in one sentence with its way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pulumi
from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS


def failure_hook(name: str, told: Callable[[Sequence[str]], str | None], *, again: bool) -> pulumi.ErrorHook | None:
    """A hook that says the sentence of `told` when a resource fails in a way that it knows.

    `name` must be the same in every run: the engine writes it into the state. With `again` the resource is tried a
    second time before anything is said. None where the engine or the SDK has no such hooks.
    """
    features: set[int] = cast("Any", SETTINGS).monitor_features
    if "_loop" not in _CallbackServicer.__annotations__:
        return None
    if resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS not in features:
        return None

    def failed(args: pulumi.ErrorHookArgs) -> bool:
        sentence = told(args.errors)
        if sentence is None:
            return False
        if again and len(args.errors) == 1:
            return True
        pulumi.log.error(sentence)
        return False

    return pulumi.ErrorHook(name, failed)
