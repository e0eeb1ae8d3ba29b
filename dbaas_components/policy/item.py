"""One resource as rules see it, wherever it comes from: a graph, a folder of manifests or Pulumi's engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, cast

from dbaas_components.evaluate.values import UNKNOWN, Secret, entries
from dbaas_components.labels import OWNER, PROFILE

__all__ = ["UNKNOWN", "Item", "NotKnownYet", "Secret"]

_NO_PROPERTIES: Final[Mapping[str, Any]] = MappingProxyType({})
_NO_SOURCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


class NotKnownYet(Exception):
    """A rule asked for a value that only an update will show. It then says nothing more of the resource."""


@dataclass(frozen=True, slots=True)
class Item:
    """A resource.

    `type` is Pulumi's token (`kubernetes:core/v1:Secret`), `name` Pulumi's name or, in a folder of manifests, the
    object's. `protect` and `retain_on_delete` are None where nobody can know them, as in manifests: rules about them
    then do not apply. `place` is where it is declared, `file:line` or a file, empty where unknown.
    """

    type: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=lambda: _NO_PROPERTIES)
    urn: str = ""
    place: str = ""
    protect: bool | None = None
    retain_on_delete: bool | None = None
    inputs_from: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_SOURCES)
    """For each input that comes from other resources, their URNs."""

    @property
    def kind(self) -> str:
        """The last part of the type: `PerconaPGCluster`."""
        return self.type.rpartition(":")[2]

    @property
    def is_object(self) -> bool:
        """Whether it is one Kubernetes object; a Helm release is not."""
        return self.type.startswith("kubernetes:") and not self.type.startswith("kubernetes:helm.sh/")

    @property
    def object_name(self) -> str:
        """`metadata.name` of a Kubernetes object where it is known, else Pulumi's name."""
        return _text(_found(self.properties, "metadata.name")) or self.name

    @property
    def namespace(self) -> str:
        """`metadata.namespace`, empty where there is none or it is not known yet."""
        return _text(_found(self.properties, "metadata.namespace")) or ""

    @property
    def address(self) -> str:
        """How people and waivers name it: `namespace/name` of an object, else Pulumi's name."""
        return f"{self.namespace}/{self.object_name}" if self.is_object and self.namespace else self.object_name

    @property
    def labels(self) -> Mapping[str, Any]:
        """`metadata.labels` of a Kubernetes object."""
        return self.mapping("metadata.labels")

    @property
    def profile(self) -> str:
        """The profile a database was asked for with; `standard` where no label says so."""
        found = self.labels.get(PROFILE)
        return found if isinstance(found, str) else "standard"

    @property
    def owner(self) -> str | None:
        """Who answers for it, where a label says so."""
        labels = _found(self.properties, "metadata.labels")
        return _text(labels.get(OWNER)) if isinstance(labels, Mapping) else None  # pyright: ignore[reportUnknownMemberType]

    def at(self, path: str) -> Any:
        """The value at a path such as `spec.backup.enabled`; None where it is missing.

        Keys with dots in them cannot be reached by a path. Raises `NotKnownYet` where the value is not known yet.
        """
        return value_at(self.properties, path)

    def now(self, path: str) -> Any:
        """The same, with `UNKNOWN` for what is not known yet: for rules that can do without the value."""
        return _found(self.properties, path)

    def absent(self, path: str) -> bool:
        """Whether nothing stands at a path; a value that is secret or not known yet is something."""
        return self.now(path) is None

    def mapping(self, path: str) -> Mapping[str, Any]:
        """The mapping at a path; empty where there is none."""
        return as_mapping(self.at(path))

    def items(self, path: str) -> Sequence[Any]:
        """The list at a path; empty where there is none."""
        return as_list(self.at(path))

    def text(self, path: str) -> str | None:
        """The text at a path; None where there is none."""
        found = self.at(path)
        return found if isinstance(found, str) else None

    def whole(self, path: str) -> int | None:
        """The whole number at a path; None where there is none."""
        return as_whole(self.at(path))

    def leaves(self) -> Iterator[tuple[str, Any]]:
        """Every value that is neither mapping nor list, with its path as a user writes it."""
        return entries(self.properties)


def value_at(value: Any, path: str) -> Any:
    """The value at a path within a mapping; see `Item.at`."""
    return _known(_found(value, path))


def _known(value: Any) -> Any:
    if value is UNKNOWN:
        raise NotKnownYet
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _found(value: Any, path: str) -> Any:
    for key in path.split("."):
        if value is UNKNOWN or isinstance(value, Secret):
            return value
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, Any]", value).get(key)
    return value


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(_known(value), Mapping) else _NO_PROPERTIES


def as_list(value: Any) -> Sequence[Any]:
    """The value if it is a list, else an empty one."""
    return cast("Sequence[Any]", value) if isinstance(_known(value), list | tuple) else ()


def as_whole(value: Any) -> int | None:
    """The value if it is a whole number, as number or as a double that Pulumi's wire made of it; else None."""
    if isinstance(_known(value), float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
