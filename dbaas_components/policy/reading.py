"""Files that others wrote, read within bounds: no link in a folder is followed, no device read, no alias multiplied."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from dbaas_components.diff.manifest_text import Budget, ManifestError, documents_in

_MIB: Final = 2**20
_LARGEST_FILE: Final = 8 * _MIB
_LARGEST: Final = 128 * _MIB
_MOST_VALUES: Final = 1_000_000
_MOST_FILES: Final = 50_000
# Without waiting for somebody to write, as the opening of a pipe otherwise does. Not every system has these two.
_READ: Final[int] = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
_HERE: Final[int] = getattr(os, "O_NOFOLLOW", 0)


class ReadError(Exception):
    """What is wrong with a file, and how to mend it; the message does not name it."""


class Reader:
    """Reads files one after the other; the bounds are those of all of them together."""

    def __init__(self, *, largest_file: int = _LARGEST_FILE, largest: int = _LARGEST) -> None:
        self._largest_file = largest_file
        self._left = largest
        self._budget = Budget(_MOST_VALUES)

    def text(self, path: Path, *, follow: bool = True) -> str:
        """The text of a file. Raises `ReadError` for what is no plain file of UTF-8 text or is too large."""
        try:
            descriptor = os.open(path, _READ if follow else _READ | _HERE)
        except OSError as error:
            if path.is_symlink():
                raise ReadError("is a symbolic link, which is not followed; put the file itself there") from None
            raise ReadError(f"cannot be read ({error.strerror or error}); make it readable") from None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ReadError("is no plain file; put one there, or take it away")
            data = file.read(min(self._largest_file, self._left) + 1)
        if len(data) > self._largest_file:
            raise ReadError(f"is larger than {self._largest_file // _MIB} MiB; split it, or take it away")
        self._left -= len(data)
        if self._left < 0:
            raise ReadError(f"is too much: all files together are larger than {_LARGEST // _MIB} MiB; check fewer")
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ReadError(f"is no UTF-8 text (line {line}); make it one") from None

    def documents(self, path: Path) -> Iterator[tuple[int, Any]]:
        """Each YAML document of a file that is not empty, and the line it begins in. Raises `ReadError`."""
        text = self.text(path, follow=False)
        try:
            yield from documents_in(text, self._budget)
        except ManifestError as error:
            raise ReadError(f"is not YAML that can be checked ({error}); correct it") from None

    def data(self, path: Path) -> Any:
        """What a file of JSON, or of YAML with one document, holds; None for an empty one. Raises `ReadError`."""
        text = self.text(path)
        if text.lstrip().startswith("{"):
            try:
                return json.loads(text)
            except RecursionError:
                raise ReadError("is nested too deep; save it anew") from None
            except ValueError:
                pass  # YAML has mappings in braces too.
        try:
            found = [value for _, value in documents_in(text, self._budget)]
        except ManifestError as error:
            raise ReadError(f"is not YAML that can be read ({error}); correct it") from None
        if len(found) > 1:
            raise ReadError(f"is not YAML of one document but of {len(found)}; leave one")
        return found[0] if found else None


def yaml_files(folder: Path, refuse: Callable[[str], Exception]) -> list[Path]:
    """The files of YAML in a folder and below, in their order; raises what `refuse` makes of too many."""
    found: list[Path] = []
    for ending in ("*.yaml", "*.yml"):
        for path in folder.rglob(ending):
            if path.is_dir():
                continue
            found.append(path)
            if len(found) > _MOST_FILES:
                raise refuse(f"holds more than {_MOST_FILES} files of YAML; check fewer at once")
    return sorted(found)
