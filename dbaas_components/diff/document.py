"""A graph as JSON: what one side of a comparison is, whoever evaluated it and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, cast

from dbaas_components.labels import platform_labels

FORMAT: Final = "dbaas-graph/1"
SECRET: Final = "$secret"  # noqa: S105 - a marker, no password
UNKNOWN: Final = "$unknown"

Json = Mapping[str, Any]

# The version and ending of a chart that is named as a file.
_ARCHIVE: Final = re.compile(r"-\d+\.\d+[^/]*\.tgz$")


class DocumentError(Exception):
    """The text is no saved graph; the message says what is wrong with it."""


@dataclass(frozen=True, eq=False)
class Saved:
    """One resource of a saved graph."""

    urn: str
    type: str
    name: str
    custom: bool = True
    read: bool = False
    parent: str = ""
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Former URNs."""
    inputs: Json = field(default_factory=dict[str, Any])
    target: str = ""
    """Of a provider whose kubeconfig is secret, a digest of the Kubernetes cluster that it is for."""

    @property
    def kind(self) -> str:
        """The last part of the type: `PerconaPGCluster`."""
        return self.type.rpartition(":")[2]

    @property
    def chart(self) -> str:
        """The name of a release's chart, without repository, folder or archive; empty for what is none."""
        return chart_name(self.inputs.get("chart")) if self.kind in ("Release", "Chart") else ""

    @property
    def metadata(self) -> Json:
        """The Kubernetes object's metadata; empty where there is none."""
        found: Any = self.inputs.get("metadata")
        return cast("Json", found) if isinstance(found, Mapping) and SECRET not in found else {}

    @property
    def object_name(self) -> str:
        """The Kubernetes object's name, or the resource's."""
        name = self.metadata.get("name")
        return name if isinstance(name, str) else self.name

    @property
    def namespace(self) -> str:
        """The Kubernetes object's namespace; empty where it has none or it is not known."""
        namespace = self.metadata.get("namespace")
        return namespace if isinstance(namespace, str) else ""

    @property
    def labels(self) -> Mapping[str, str]:
        """The Kubernetes object's labels."""
        found: Any = self.metadata.get("labels")
        return cast("Mapping[str, str]", found) if isinstance(found, Mapping) else {}

    @property
    def runs_anew(self) -> bool:
        """Whether it is a Job of the platform: its name holds a digest of its program and settings, so that each change
        of them replaces it, which is how it gets to run again."""
        return self.kind == "Job" and self.labels.items() >= platform_labels().items()


@dataclass(frozen=True, eq=False)
class Document:
    """All resources of one side, and what it was evaluated with."""

    project: str
    stack: str
    resources: tuple[Saved, ...]
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Installed versions of the packages that the program was evaluated with."""
    notes: tuple[str, ...] = ()
    """What a reader of the report should know about this side."""

    @cached_property
    def by_urn(self) -> Mapping[str, Saved]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}


def chart_name(chart: object) -> str:
    """The name of a chart, without repository, folder or archive; empty for what is none."""
    return _ARCHIVE.sub("", chart.rstrip("/").rpartition("/")[2]) if isinstance(chart, str) else ""


def read_document(value: object) -> Document:
    """The document of parsed JSON. Raises `DocumentError` for anything else."""
    if not isinstance(value, Mapping):
        raise DocumentError("is no saved graph; save one with `dbaas diff --save FILE`")
    content = cast("Json", value)
    if content.get("format") != FORMAT:
        raise DocumentError(f'has the format {content.get("format")!r:.60} and not "{FORMAT}"; save it anew')
    try:
        return Document(
            project=_text(content["project"]),
            stack=_text(content["stack"]),
            resources=tuple(_resource(one) for one in content["resources"]),
            versions={_text(key): _text(one) for key, one in content.get("versions", {}).items()},
            notes=tuple(_text(one) for one in content.get("notes", ())),
        )
    except KeyError as missing:
        raise DocumentError(f"is no whole saved graph: it has no {missing.args[0]}; save it anew") from None
    except (TypeError, AttributeError) as error:
        raise DocumentError(f"is no whole saved graph ({type(error).__name__}: {error}); save it anew") from None


def with_secrets(value: Any, replace: Callable[[Any], Any]) -> Any:
    """The value with the content of every secret replaced."""
    if isinstance(value, Mapping):
        fields = cast("Json", value)
        if SECRET in fields:
            return {SECRET: replace(fields[SECRET])}
        return {key: with_secrets(item, replace) for key, item in fields.items()}
    if isinstance(value, list):
        return [with_secrets(item, replace) for item in cast("list[Any]", value)]
    return value


def _resource(value: Json) -> Saved:
    inputs: object = value["inputs"]
    if not isinstance(inputs, Mapping):
        raise TypeError("inputs are no mapping")
    return Saved(
        urn=_text(value["urn"]),
        type=_text(value["type"]),
        name=_text(value["name"]),
        custom=bool(value.get("custom", True)),
        read=bool(value.get("read", False)),
        parent=_text(value.get("parent", "")),
        provider=_text(value.get("provider", "")),
        protect=bool(value.get("protect", False)),
        retain_on_delete=bool(value.get("retain", False)),
        ignore_changes=_texts(value.get("ignore", ())),
        replace_on_changes=_texts(value.get("replace", ())),
        aliases=_texts(value.get("aliases", ())),
        inputs=cast("Json", inputs),
        target=_text(value.get("target", "")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} in place of text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_text(one) for one in values)
