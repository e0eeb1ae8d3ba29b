"""A folder that `dbaas render` wrote, read as one side of a comparison. Nothing in it is run, no link is followed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

from dbaas_components.diff.document import SECRET, Document, Saved
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.manifest_text import Budget, ManifestError, documents_in
from dbaas_components.diff.rendered_form import document_of, is_secret_object, object_in, release_in
from dbaas_components.diff.report.escaping import visible
from dbaas_components.render_layout import CHARTS, INDEX, STAGES

_LARGEST_FILE: Final = 8 * 2**20
_LARGEST: Final = 128 * 2**20
_MOST_FILES: Final = 50_000
_MOST_VALUES: Final = 1_000_000
# What `kubectl apply -f FOLDER` reads.
_ENDINGS: Final = (".yaml", ".yml", ".json")
_OBJECTS: Final = STAGES[:3]
_SECRET_FIELDS: Final = ("data", "stringData")


def is_render(folder: Path) -> bool:
    """Whether `dbaas render` wrote the folder; a project is none, whatever else is in it."""
    return (folder / INDEX).is_file() and not (folder / "Pulumi.yaml").exists()


def read_render(folder: Path, name: str, stack: str, key: bytes) -> tuple[Document, tuple[str, ...]]:
    """The objects and charts of a render, and notes for the reader of the report.

    Read are the files that its list names, and what somebody put beside them into the folders of its stages, since
    `kubectl apply` takes these too. The values of Secrets are replaced by a digest under `key`. Raises `DiffError` with
    file and line for what is missing or broken.
    """
    reading = _Reading(folder, name, key)
    resources = tuple(reading.resources())
    return document_of(stack, resources), tuple(reading.notes)


class _Reading:
    def __init__(self, folder: Path, name: str, key: bytes) -> None:
        self._folder = folder
        self._name = name
        self._key = key
        self._budget = Budget(_MOST_VALUES)
        self._bytes = 0
        self.notes: list[str] = []

    def resources(self) -> Iterator[Saved]:
        found: dict[str, PurePosixPath] = {}
        listed = self._listed()
        files = self._files()
        for path in listed:
            if path not in files:
                raise self._error(path, f"is missing, and {INDEX} lists it; restore it, or render anew")
        charts = self._charts() if CHARTS in files else {}
        for path in sorted(files):
            if len(path.parts) != 3 or path.parts[1] not in STAGES or path.suffix not in _ENDINGS:
                continue
            made = self._objects(path) if path.parts[1] in _OBJECTS else self._release(path, charts)
            for line, one in made:
                if one.urn in found:
                    raise self._error(path, f"is the same object as in {found[one.urn]}; leave one of them", line)
                found[one.urn] = path
                yield one
        if missing := sorted(set(charts) - files):
            raise self._error(missing[0], f"is missing, and {CHARTS} lists it; restore it, or render anew")
        others = [path for path in files - listed if path.suffix in _ENDINGS and not _is_placed(path)]
        if others:
            example = visible(str(min(others)))
            self.notes.append(
                f'"{self._name}": not compared, because they lie in no folder of a stage: {len(others)} other files '
                f"of YAML or JSON, such as {example}"
            )

    def _listed(self) -> set[PurePosixPath]:
        lines = self._text(INDEX).splitlines()
        listed = {PurePosixPath(line) for line in lines if line and not line.startswith("#")}
        for entry in listed:
            if entry.is_absolute() or ".." in entry.parts:
                raise self._error(INDEX, f'lists "{visible(str(entry))}", which is outside of the folder; render anew')
        return listed

    def _files(self) -> set[PurePosixPath]:
        """Every file of the folder down to the stages, but those in folders that begin with a dot."""
        found: set[PurePosixPath] = set()
        waiting = [PurePosixPath()]
        while waiting:
            at = waiting.pop()
            with os.scandir(self._folder / at) as entries:
                for entry in entries:
                    path = at / entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith(".") and len(path.parts) <= 2:
                            waiting.append(path)
                        continue
                    found.add(path)
                    if len(found) > _MOST_FILES:
                        raise DiffError(f'"{self._name}" has more than {_MOST_FILES} files; no render is that large')
                    # A region or a stage may be a link as well as a file.
                    if entry.is_symlink() and (len(path.parts) < 3 or _is_placed(path)):
                        raise self._error(path, "is a symbolic link, which is not followed; put the file itself there")
        return found

    def _text(self, path: PurePosixPath) -> str:
        try:
            descriptor = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise self._error(path, f"cannot be read ({error.strerror or error})") from None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise self._error(path, "is no plain file")
            data = file.read(_LARGEST_FILE + 1)
        self._bytes += len(data)
        if len(data) > _LARGEST_FILE or self._bytes > _LARGEST:
            raise self._error(
                path,
                f"is too large: a file may have {_LARGEST_FILE // 2**20} MiB, all together {_LARGEST // 2**20} MiB",
            )
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise self._error(path, "is no text in UTF-8", line) from None

    def _values(self, path: PurePosixPath) -> Iterator[tuple[int, Any]]:
        try:
            yield from documents_in(self._text(path), self._budget)
        except ManifestError as error:
            raise DiffError(
                f'"{self._name}" cannot be read: {visible(str(path))}, {visible(str(error), 300)}'
            ) from None

    def _objects(self, path: PurePosixPath) -> Iterator[tuple[int, Saved]]:
        for line, value in self._values(path):
            yield line, object_in(path.parts[0], self._object(path, line, value))

    def _object(self, path: PurePosixPath, line: int, value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._error(path, "is no object of Kubernetes; write apiVersion, kind and metadata", line)
        fields = cast("dict[str, Any]", value)
        for name in ("apiVersion", "kind"):
            if not isinstance(fields.get(name), str) or not fields[name]:
                raise self._error(path, f"the object has no {name}; write one", line)
        if fields["kind"].endswith("List") and "items" in fields:
            raise self._error(path, f"is a {fields['kind']}; write each of its objects by itself", line)
        metadata: object = fields.get("metadata")
        known = cast("Mapping[str, Any]", metadata) if isinstance(metadata, Mapping) else dict[str, Any]()
        if not isinstance(known.get("name"), str) or not known["name"]:
            raise self._error(path, "the object has no metadata.name; write one", line)
        if not isinstance(known.get("namespace") or "", str):
            raise self._error(path, "the object's metadata.namespace is no text", line)
        for name in ("labels", "annotations"):
            if not isinstance(known.get(name) or {}, Mapping):
                raise self._error(path, f"the object's metadata.{name} is no mapping", line)
        if "spec" in fields and not isinstance(fields["spec"], Mapping):
            raise self._error(path, "the object's spec is no mapping", line)
        return self._hidden(fields) if is_secret_object(fields) else fields

    def _hidden(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        hidden = dict(fields)
        for name in _SECRET_FIELDS:
            values: object = fields.get(name)
            if isinstance(values, Mapping):
                hidden[name] = {key: self._digest(one) for key, one in cast("Mapping[str, Any]", values).items()}
            elif values is not None:
                hidden[name] = self._digest(values)
        return hidden

    def _digest(self, value: object) -> Mapping[str, str]:
        text = json.dumps(value, sort_keys=True)
        return {SECRET: hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()}

    def _charts(self) -> dict[PurePosixPath, Mapping[str, Any]]:
        found: dict[PurePosixPath, Mapping[str, Any]] = {}
        for line, value in self._values(CHARTS):
            for one in cast("list[Any]", value) if isinstance(value, list) else [None]:
                fields = dict(cast("Mapping[str, Any]", one)) if isinstance(one, Mapping) else {}
                file = fields.pop("file", None)
                if not isinstance(file, str) or not all(isinstance(fields.get(key), str) for key in ("name", "chart")):
                    raise self._error(CHARTS, "is no list of releases with file, name and chart; render anew", line)
                found[PurePosixPath(file)] = fields
        return found

    def _release(
        self, path: PurePosixPath, charts: Mapping[PurePosixPath, Mapping[str, Any]]
    ) -> Iterator[tuple[int, Saved]]:
        if path not in charts:
            raise self._error(path, f"are values of a chart that {CHARTS} does not name; render anew with this version")
        values = [value for _, value in self._values(path)]
        if len(values) > 1 or not all(isinstance(one, Mapping) for one in values):
            raise self._error(path, "is no single mapping of values")
        yield 1, release_in(path.parts[0], charts[path], values[0] if values else {})

    def _error(self, path: PurePosixPath, reason: str, line: int | None = None) -> DiffError:
        where = f"{visible(str(path))}, line {line}:" if line is not None else visible(str(path))
        return DiffError(f'"{self._name}" cannot be read: {where} {reason}')


def _is_placed(path: PurePosixPath) -> bool:
    return (len(path.parts) == 3 and path.parts[1] in STAGES) or path in (INDEX, CHARTS)
