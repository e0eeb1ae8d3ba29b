"""Which places a program's databases have taken: names in a namespace, and paths in buckets."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

import pulumi

from dbaas_components.databases.spec.places import bucket_prefix

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.backup import BackupStorage

# By the loop of each program that runs; weak, because programs come and go in one process.
_PROGRAMS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str | None, ...], str]] = (
    weakref.WeakKeyDictionary()
)


def _other(component: str, place: tuple[str | None, ...]) -> str | None:
    """The component that has the place already; else the place is this one's from now on."""
    try:
        taken = _PROGRAMS.setdefault(asyncio.get_running_loop(), {})
    except RuntimeError:
        return None  # No program runs.
    other = taken.setdefault(place, component)
    return None if other == component else other


def take_place(component: str, provider: pulumi.ProviderResource | None, namespace: str, name: str) -> str | None:
    """Notes that the component has this name in this namespace; what is wrong with it, or None.

    Two components of one name would write one custom resource in turn, and whichever leaves the program first would
    take the other's data with it. Of two engines they would share Services and the Secret of the passwords.
    """
    problem = place_problem(provider, namespace, name)
    if problem is None:
        _other(component, _name_of(provider, namespace, name))
    return problem


def place_problem(provider: pulumi.ProviderResource | None, namespace: str, name: str) -> str | None:
    """What `take_place` would say, without taking the place: for components that make several databases or none.

    Whoever has the place may bear the same name as whoever asks: a site of a topology and a database on its own do.
    """
    try:
        other = _PROGRAMS.get(asyncio.get_running_loop(), {}).get(_name_of(provider, namespace, name))
    except RuntimeError:
        return None  # No program runs.
    return None if other is None else _told(other, namespace, name)


def _name_of(provider: pulumi.ProviderResource | None, namespace: str, name: str) -> tuple[str | None, ...]:
    cluster = provider._name if provider is not None else ""  # pyright: ignore[reportPrivateUsage]
    return ("name", cluster, namespace, name)


def _told(other: str, namespace: str, name: str) -> str:
    return (
        f'"{name}" is the name of another database in namespace {namespace}, that of component "{other}", and both '
        "would write the same objects; give one of them another name or namespace"
    )


def take_bucket_path(component: str, spec: DatabaseSpec, storage: BackupStorage) -> str | None:
    """Notes that the component backs up to this storage's path; what is wrong with it, or None.

    Two databases in one path overwrite each other's lists of backups, and the retention of one deletes the other's.
    """
    if storage.bucket is None or (storage.prefix is None and not spec.namespace):
        return None
    prefix = bucket_prefix(spec, storage)
    other = _other(component, ("bucket", storage.type, storage.endpoint, storage.bucket, prefix))
    if other is None:
        return None
    return (
        f'"{prefix}" in bucket {storage.bucket} is where component "{other}" keeps its backups, and neither could read '
        "its own any more; give one of them another prefix"
    )
