"""Looking into the Kubernetes cluster that a component's objects go to, from a hook of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pulumi
import yaml
from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from dbaas_components.databases.live import connect
from dbaas_components.errors import Problem, SpecError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_Found = TypeVar("_Found")


def engine_can_ask() -> bool:
    """Whether the engine calls hooks: it is new enough, and so is the SDK (3.266), and there is one at all."""
    if "_loop" not in _CallbackServicer.__annotations__:
        return False
    features: set[int] = cast("Any", SETTINGS).monitor_features
    return resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS in features


async def look(component: pulumi.ComponentResource, read: Callable[[ApiClient], _Found]) -> _Found:
    """What `read` finds in the cluster of the component's own Kubernetes provider.

    Raises `SpecError` where it cannot be read: nothing listens there, access is refused, or the component has no
    provider that was given to it. Which cluster the engine's default provider means only that provider knows, and to
    look into another would be worse than not to look.
    """
    provider = cast("Any", component)._providers.get("kubernetes")
    if provider is None:
        message = "no Kubernetes provider was given to it"
        raise SpecError("Kubernetes cluster", [Problem("", message)])
    kubeconfig, context = await _known(provider, "kubeconfig"), await _known(provider, "context")
    return await asyncio.to_thread(lambda: _read(kubeconfig, context, read))


def _read(kubeconfig: str | None, context: str | None, read: Callable[[ApiClient], _Found]) -> _Found:
    with _client(kubeconfig, context) as client:
        return read(client)


def _client(kubeconfig: str | None, context: str | None) -> ApiClient:
    # The provider takes either a path or the whole text.
    if kubeconfig is None or ("\n" not in kubeconfig and not kubeconfig.lstrip().startswith("{")):
        return connect(context, Path(kubeconfig) if kubeconfig else None)
    from kubernetes import config

    return cast("Any", config).new_client_from_config_dict(yaml.safe_load(kubeconfig), context=context)


async def _known(provider: pulumi.ProviderResource, field: str) -> str | None:
    given: Any = provider.__dict__.get(field)
    value = await cast("pulumi.Output[Any]", given).future() if isinstance(given, pulumi.Output) else given
    return value if isinstance(value, str) and value else None
