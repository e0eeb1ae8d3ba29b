"""Judges any object by the API server: its schema, its validation, and what it would store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tests.api.objects import ApiServer, Refused
from tests.api.test_custom_resources import pruned

# The definitions call these plain text, and the operators' and cert-manager's Go reads nothing but such.
_GO_DURATION: Final = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+")
_DURATIONS: Final = re.compile(r"duration|renewBefore|refreshInterval|.*Duration")


class Judge:
    """Judges objects by creating and applying them, and storing none."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._plurals: dict[str, dict[str, str]] = {}

    def problems(self, manifest: dict[str, Any]) -> list[str]:
        """What the server says against an object, or would not keep of it; each begins with kind and name.

        Creation refuses every unknown field. Server-side apply, which is what the provider does, silently drops unknown
        fields of some definitions (pxc 1.20.0 on Kubernetes 1.35), and has rules of its own about lists.
        """
        return [f"{manifest['kind']} {manifest['metadata']['name']}: {problem}" for problem in self._problems(manifest)]

    def _problems(self, manifest: dict[str, Any]) -> Iterator[str]:
        collection = self._collection(manifest)
        try:
            self._server.create(collection, manifest, dryRun="All")
            stored = self._server.apply(f"{collection}/{manifest['metadata']['name']}", manifest, dryRun="All")
        except Refused as error:
            yield str(error)
            return
        for path in pruned(manifest.get("spec"), stored.get("spec")):
            yield f"{path} is not stored as it was sent"
        for key in ("labels", "annotations", "finalizers"):
            for path in pruned(manifest["metadata"].get(key), stored["metadata"].get(key), f"metadata.{key}"):
                yield f"{path} is not stored as it was sent"
        for path, text in _durations(manifest["spec"], "spec"):
            if not _GO_DURATION.fullmatch(text):
                yield f'{path} "{text}" is no duration in Go'

    def knows(self, manifest: dict[str, Any]) -> bool:
        """Whether the server has the kind of an object."""
        return self._plural(manifest["apiVersion"], manifest["kind"]) is not None

    def _collection(self, manifest: dict[str, Any]) -> str:
        group, kind = manifest["apiVersion"], manifest["kind"]
        plural = self._plural(group, kind)
        if plural is None:
            raise Refused(404, f"the server has no {kind} of {group}")
        return f"{_base(group)}/namespaces/{manifest['metadata']['namespace']}/{plural}"

    def _plural(self, group: str, kind: str) -> str | None:
        """The word for a kind in paths; None where the server does not have it."""
        if group not in self._plurals:
            groups = self._server.call("GET", "/apis")["groups"]
            known = {version["groupVersion"] for found in groups for version in found["versions"]}
            resources = self._server.call("GET", _base(group))["resources"] if group in {"v1", *known} else []
            self._plurals[group] = {one["kind"]: one["name"] for one in resources if "/" not in one["name"]}
        return self._plurals[group].get(kind)


def _base(group: str) -> str:
    return f"/apis/{group}" if "/" in group else f"/api/{group}"


def _durations(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            if isinstance(below, str) and _DURATIONS.fullmatch(str(key)):
                yield f"{path}.{key}", below
            yield from _durations(below, f"{path}.{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _durations(below, f"{path}[{index}]")
