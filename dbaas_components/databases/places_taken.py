"""Which names of databases a program has used already, in each namespace of each Kubernetes cluster."""

from __future__ import annotations

import asyncio
import weakref

import pulumi

# By the loop of each program that runs; weak, because programs come and go in one process.
_PROGRAMS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str, str], str]] = (
    weakref.WeakKeyDictionary()
)


def take_place(component: str, provider: pulumi.ProviderResource | None, namespace: str, name: str) -> str | None:
    """Notes that the component has this name in this namespace; what is wrong with it, or None.

    Two components of one name would write one custom resource in turn, and whichever leaves the program first would
    take the other's data with it. Of two engines they would share Services and the Secret of the passwords.
    """
    try:
        taken = _PROGRAMS.setdefault(asyncio.get_running_loop(), {})
    except RuntimeError:
        return None  # No program runs.
    cluster = provider._name if provider is not None else ""  # pyright: ignore[reportPrivateUsage]
    other = taken.setdefault((cluster, namespace, name), component)
    if other == component:
        return None
    return (
        f'"{name}" is the name of another database in namespace {namespace}, that of component "{other}", and both '
        "would write the same objects; give one of them another name or namespace"
    )
