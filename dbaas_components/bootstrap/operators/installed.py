"""Operators that run in a Kubernetes cluster already, and why one more would not do. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from dbaas_components.bootstrap.operators.rows import OPERATORS, OperatorRow
from dbaas_components.bootstrap.operators.spec import Installation, watched_by_both

_VERSION: Final = re.compile(r"\d+(\.\d+)+")
_EVERYTHING: Final = "WATCH_NAMESPACE"


@dataclass(frozen=True, slots=True)
class FoundOperator:
    """An operator that runs, whoever installed it."""

    engine: str
    namespace: str
    name: str
    """Name of its Deployment."""
    version: str
    """Its image's tag."""
    watched: frozenset[str] | None
    """None for every namespace."""

    @property
    def place(self) -> str:
        """`namespace/name` of its Deployment."""
        return f"{self.namespace}/{self.name}"


def operators_among(deployments: Iterable[Mapping[str, Any]]) -> list[FoundOperator]:
    """The operators among Deployments, as the API server gives these: told by the name of their image."""
    by_image = {row.repository.rpartition("/")[2]: row.engine for row in OPERATORS.values()}
    found: list[FoundOperator] = []
    for deployment in deployments:
        metadata = deployment["metadata"]
        for container in deployment["spec"]["template"]["spec"].get("containers", ()):
            repository, version = _image(container.get("image", ""))
            if engine := by_image.get(repository):
                watched = _watched(container, metadata["namespace"])
                found.append(FoundOperator(engine, metadata["namespace"], metadata["name"], version, watched))
    return found


def installed_problem(
    installation: Installation, row: OperatorRow, found: Iterable[FoundOperator], *, new: bool
) -> str | None:
    """Why the operator of this row cannot be installed or updated there, with the way out; None if it can.

    `new` if the stack does not have it yet.
    """
    here = (installation.namespace, row.name(installation))
    for one in found:
        if one.engine != row.engine:
            continue
        if (one.namespace, one.name) == here:
            if _newer(one.version, row.version):
                return (
                    f"the operator of {row.engine} that runs as Deployment {one.place} is {one.version}, newer than "
                    f"{row.version}, which this library pins, and its databases may use what {row.version} does not "
                    f"know; use a release of this library that pins {one.version}"
                )
            if new:
                return _in_the_way(row, one)
        elif both := watched_by_both(installation.watched, one.watched):
            return (
                f"an operator of {row.engine}, {one.version}, runs already as Deployment {one.place} and would watch "
                f"{both} together with this one, {row.version}, and two operators on one database undo each other's "
                f"work; remove that operator, its databases keep running without it, or leave {row.engine} out of "
                "engines, or give each namespaces of its own with watch_namespaces"
            )
    return None


def _in_the_way(row: OperatorRow, one: FoundOperator) -> str:
    namespace, name = one.namespace, one.name
    if row.values is None:
        command = f"kubectl delete deployment {name} --namespace {namespace}"
    else:
        command = f"helm uninstall {name} --namespace {namespace}"
    return (
        f"the operator of {row.engine}, {one.version}, is there already as Deployment {one.place}, and this stack did "
        f"not finish making it or never did; run `{command}`, which leaves databases and definitions as they are, "
        "and run this again"
    )


def _image(reference: str) -> tuple[str, str]:
    """Last part of the repository and the tag: `registry:5000/percona/x:1.2@sha256:...` is `x` and `1.2`."""
    last = reference.partition("@")[0].rpartition("/")[2]
    repository, _, tag = last.partition(":")
    return repository, tag or "an unknown version"


def _watched(container: Mapping[str, Any], namespace: str) -> frozenset[str] | None:
    for variable in cast("list[Mapping[str, Any]]", container.get("env") or []):
        # From a field of the pod it is the pod's own namespace, as it is where nothing is said.
        if variable.get("name") == _EVERYTHING and "valueFrom" not in variable:
            given = str(variable.get("value") or "")
            return frozenset({*(part.strip() for part in given.split(",")), namespace}) if given else None
    return frozenset({namespace})


def _newer(one: str, other: str) -> bool:
    # A tag without a number, of a build of somebody's own, is never newer.
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    match = _VERSION.search(version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
