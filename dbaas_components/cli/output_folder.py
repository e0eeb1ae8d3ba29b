"""A folder in which a command keeps files of its own beside those of others, such as `.git`."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from dbaas_components.cli.refusal import Refusal
from dbaas_components.render_layout import INDEX

_HEADER = "# Files that dbaas render wrote; the next render replaces these and no others.\n"


def replace_files(folder: Path, files: Mapping[PurePosixPath, str]) -> None:
    """Writes the files, each in one step, and removes those of the earlier call that are no longer among them.

    What was written is listed in `.dbaas-render`; nothing else in the folder is touched. Raises `Refusal`, before
    anything is written, where a file that is not listed is in the way or the list is damaged; `OSError` where the
    folder cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"{folder} is a file; choose a folder")
    listed = _listed(folder)
    _refuse_foreign(folder, files, listed)
    stale = listed - set(files)
    folder.mkdir(parents=True, exist_ok=True)
    # First both lists together: wherever this is cut off, nothing that was written is unknown to the next call.
    _write(folder / INDEX, _list_text(listed | set(files)))
    for path in stale:
        _remove(folder, path)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        _write(folder / path, text)
    _write(folder / INDEX, _list_text(files))


def _listed(folder: Path) -> set[PurePosixPath]:
    path = folder / INDEX
    if not path.is_file():
        return set()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not text; restore it, or choose another folder") from None
    listed = {PurePosixPath(line) for line in lines if line and not line.startswith("#")}
    for entry in listed:
        # The list may come from a repository that others write to: it must not lead out of the folder.
        inside = not entry.is_absolute() and ".." not in entry.parts
        if not inside or not (folder / entry).parent.resolve().is_relative_to(folder.resolve()):
            raise Refusal(f'{path} lists "{entry}", which is outside of {folder}; restore it, or choose another folder')
    return listed


def _list_text(paths: Iterable[PurePosixPath]) -> str:
    return _HEADER + "".join(f"{path}\n" for path in sorted(paths))


def _refuse_foreign(folder: Path, files: Iterable[PurePosixPath], listed: Collection[PurePosixPath]) -> None:
    for path in files:
        target = folder / path
        if target.is_dir() or (path not in listed and (target.exists() or target.is_symlink())):
            raise Refusal(f"{target} is in the way, and no render wrote it; move it, or choose another folder")
        for parent in path.parents[:-1]:
            place = folder / parent
            if (place.exists() and not place.is_dir()) or place.is_symlink():
                raise Refusal(f"{place} is in the way: it is no folder; move it, or choose another folder")


def _remove(folder: Path, path: PurePosixPath) -> None:
    (folder / path).unlink(missing_ok=True)
    for parent in path.parents[:-1]:
        place = folder / parent
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def _write(path: Path, text: str) -> None:
    """Writes the file in one step: whoever reads it meanwhile sees the old or the new one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
