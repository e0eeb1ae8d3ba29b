"""Volumes: they never shrink, never change their class, and hold the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dbaas_components.databases.guards.fields import (
    UNKNOWN,
    Members,
    Object,
    at,
    in_both,
    listed,
    quantity_at,
)

_CLAIM: Final = "persistentVolumeClaim"


@dataclass(frozen=True, slots=True)
class Volume:
    """Volumes that an operator makes alike: one claim, as many volumes as there are pods."""

    path: str
    """Where the claim is, inside the innermost member: `volumeSpec.persistentVolumeClaim`."""
    called: str = ""
    """What an error calls the owner; empty calls it by its members, from the innermost out."""
    inside: tuple[Members, ...] = ()
    """The lists that lead there, from the outermost in."""

    @property
    def holder(self) -> str:
        """Where the claim's alternatives are, if it has any: `volumeSpec`."""
        return self.path.removesuffix(_CLAIM).rstrip(".") if self.path.endswith(_CLAIM) else ""


def volume_refusals(before: Object, after: Object, volumes: tuple[Volume, ...]) -> Iterator[str]:
    """Why these volumes cannot change so: one sentence for all that shrink, one for all that change their class, and
    one for each that would no more be a volume."""
    pairs = [
        (volume, owner, old, new)
        for volume in volumes
        for owner, old, new in _pairs(before, after, volume.inside, "", volume)
    ]
    smaller: list[str] = []
    others: list[str] = []
    gone: list[str] = []
    for volume, owner, old, new in pairs:
        had, has = at(old, volume.path), at(new, volume.path)
        if had is None or had is UNKNOWN:
            continue
        size, asked = (quantity_at(part, f"{volume.path}.resources.requests.storage") for part in (old, new))
        if size is not None and asked is not None and asked < size:
            smaller.append(f"{asked} is less than the {size} of {owner}")
        kept, wanted = (at(part, f"{volume.path}.storageClassName") for part in (old, new))
        if has is not None and kept != wanted and all(isinstance(name, str | None) for name in (kept, wanted)):
            others.append(f"from {_class(kept)} to {_class(wanted)} for {owner}")
        if has is None and volume.holder and at(new, volume.holder) not in (None, UNKNOWN):
            gone.append(owner)
    if smaller:
        yield (
            f"storage {listed(smaller)}, and volumes never shrink; keep the size, "
            "or restore a backup into a new database with less storage"
        )
    if others:
        yield (
            f"the storage class would change {listed(others)}, and a volume stays in the class that it was made in; "
            "keep the class, or restore a backup into a new database of the other class"
        )
    if gone:
        yield (
            f"the persistent volumes of {listed(gone)} would be given up, and the data with them; "
            f"keep {_CLAIM}, or restore a backup into a new database"
        )


def _pairs(
    before: Object, after: Object, inside: tuple[Members, ...], owner: str, volume: Volume
) -> Iterator[tuple[str, Object, Object]]:
    if not inside:
        yield " of ".join(word for word in (volume.called, owner) if word), before, after
        return
    first, *rest = inside
    for name, old, new in in_both(before, after, first):
        inner = " of ".join(word for word in (first.word(name), owner) if word)
        yield from _pairs(old, new, tuple(rest), inner, volume)


def _class(name: object) -> str:
    return "the cluster's default" if name is None else f'"{name}"'
