"""Versions: no server reads the files of a newer one, and none may skip a release that converts them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dbaas_components.databases.guards.fields import Object, at, text_at

_POSTGRES: Final = re.compile(r"(?:^|/)percona-distribution-postgresql:(\d+)\.\d")
_TAG: Final = re.compile(r":v?(\d+)\.(\d+)(?:\.(\d+))?[^:/@]*(?:@|$)")

# Releases that a server's files pass through one after the other. MySQL 8.4 Reference Manual, "Upgrade Paths"; MongoDB
# Manual, "Upgrade Self-Managed Deployments": each from the one before it, without leaving one out.
_MYSQL: Final = ("5.7", "8.0", "8.4")
_MONGODB: Final = ("4.0", "4.2", "4.4", "5.0", "6.0", "7.0", "8.0")
# MySQL 8.0 changed its files within the series, so that not even a patch release goes back; 8.4 can.
_NO_WAY_BACK_INSIDE: Final = ((8, 0),)

Version = tuple[int, int, int]


def mysql_refusals(before: Object, after: Object, image: str) -> Iterator[str]:
    """Why MySQL, whose image is at the path `image`, cannot go from one version to the other."""
    yield from _refusals(before, after, image, "MySQL", _MYSQL)


def mongodb_refusals(before: Object, after: Object, image: str) -> Iterator[str]:
    """Why MongoDB, whose image is at the path `image`, cannot go from one version to the other."""
    yield from _refusals(before, after, image, "MongoDB", _MONGODB)


def postgres_refusals(before: Object, after: Object) -> Iterator[str]:
    """Why PostgreSQL cannot go from one major version to the other by a change of the number alone."""
    old, new = (at(part, "spec.postgresVersion") for part in (before, after))
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return
    if old == new:
        yield from _postgres_image_refusals(before, after, old)
        return
    if new < old:
        way = "load a dump into a new database"
    else:
        way = f"run a PerconaPGUpgrade, then `pulumi refresh`, and then write {new:g}"
    yield (
        f"version {new:g} is not the {old:g} that wrote its data, and PostgreSQL reads no data of another major "
        f"version; keep {old:g}, or {way}"
    )


def _postgres_image_refusals(before: Object, after: Object, version: float) -> Iterator[str]:
    """The number may stay while the image changes under it. Other images' tags count in ways of their own."""
    images = [text_at(part, "spec.image") for part in (before, after)]
    majors = [match[1] for image in images if isinstance(image, str) and (match := _POSTGRES.search(image))]
    if len(majors) == 2 and majors[0] != majors[1]:
        yield (
            f"the server's image is of version {majors[1]} and not of the {majors[0]} that wrote its data, and "
            f"PostgreSQL reads no data of another major version; keep an image of {version:g}"
        )


def _refusals(before: Object, after: Object, image: str, server: str, line: tuple[str, ...]) -> Iterator[str]:
    old, new = _version(before, image), _version(after, image)
    if old is None or new is None:
        return
    was, would = (f"{version[0]}.{version[1]}" for version in (old, new))
    if new[:2] < old[:2]:
        yield _no_way_back(server, was, would)
    elif new < old and old[:2] in _NO_WAY_BACK_INSIDE:
        yield _no_way_back(server, *(".".join(map(str, version)) for version in (old, new)))
    elif was in line and would in line and (skipped := line[line.index(was) + 1 : line.index(would)]):
        yield (
            f"version {would} is more than one release above the {was} that wrote its data, and {server} takes one at "
            f"a time; go to {skipped[0]} first"
        )


def _no_way_back(server: str, was: str, would: str) -> str:
    return (
        f"version {would} is older than the {was} that wrote its data, and {server} reads no data of a newer version; "
        f"keep {was}, or load a dump into a new database"
    )


def _version(part: Object, image: str) -> Version | None:
    """The version in the tag of an image; None where it has none that is a version, or is not known."""
    found = text_at(part, image)
    match = _TAG.search(found) if isinstance(found, str) else None
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
