"""What a side is: a git revision, a folder, or a saved graph; and a copy of it that a program may run in.

A folder, in a revision too, is a project or a render.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dbaas_components.diff.document import Document, DocumentError, read_document
from dbaas_components.diff.failures import DiffError

# No part of a program, and large.
_LEFT_OUT: Final = (
    ".git",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
)
_LARGEST_SAVED: Final = 128 * 2**20
_GIT_SECONDS: Final = 120
# A change can bring a folder that looks like a bare repository, with revisions and settings of its own.
_GIT: Final = ("git", "-c", "safe.bareRepository=explicit")
_REVISION = re.compile(r"[^-\s\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Source:
    """One side as the user named it."""

    name: str
    origin: str
    folder: Path | None = None
    """Where the project is, unless it is a revision."""
    repository: Path | None = None
    commit: str = ""
    inside: str = ""
    """For a revision, the project's path in the repository."""
    document: Document | None = None


def find_source(name: str, project: Path) -> Source:
    """What `name` stands for: a saved graph, a folder, or else a revision of the repository that `project` is in.

    Raises `DiffError` where it is none of them.
    """
    path = Path(name)
    if path.is_file():
        return Source(name, "saved graph", document=_saved(path))
    if path.is_dir():
        return Source(name, f"folder {path.resolve()}", folder=path.resolve())
    if not _REVISION.fullmatch(name):
        raise DiffError(f"{name!r:.80} is neither a folder, a saved graph nor a git revision")
    top = _git(project, "rev-parse", "--show-toplevel")
    commit = _git(project, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") if top else None
    if top is None or commit is None:
        raise DiffError(
            f'"{name:.80}" is neither a folder, a saved graph nor a revision of the repository that {project} is in; '
            "fetch it first (a shallow clone has few revisions), or name a folder"
        )
    inside = os.path.relpath(project.resolve(), Path(top).resolve())
    return Source(
        name, f"revision {commit[:12]}", repository=Path(top), commit=commit, inside="" if inside == "." else inside
    )


@contextmanager
def copied(source: Source) -> Generator[Path]:
    """A copy of the project that is deleted afterwards; what a program writes into it reaches nothing of the user's."""
    with TemporaryDirectory(prefix="dbaas-diff-", ignore_cleanup_errors=True) as temporary:
        copy = Path(temporary) / "project"
        if source.repository is not None:
            _export(source.repository, source.commit, copy)
        elif source.folder is not None:
            try:
                shutil.copytree(source.folder, copy, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
            except (OSError, shutil.Error) as error:
                raise DiffError(f"{source.folder} cannot be copied: {error!s:.300}") from None
        yield copy / source.inside if source.inside else copy


def _export(repository: Path, commit: str, to: Path) -> None:
    """Writes the files of a commit as they are stored.

    Not `git archive`, which obeys the commit's own attributes: it would leave out what these name, and a change could
    hide a file from its review.
    """
    to.mkdir()
    links: list[Path] = []
    with subprocess.Popen(
        [*_GIT, "-C", str(repository), "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as objects:
        for mode, name, path in _tree(repository, commit):
            place = to / path
            data = _blob(objects, name, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            if mode == "120000":
                place.symlink_to(os.fsdecode(data))
                links.append(place)
            else:
                place.write_bytes(data)
                place.chmod(0o755 if mode == "100755" else 0o644)
    inside = to.resolve()
    for link in links:
        # A link to a file of the user's, by whatever way.
        if not Path(os.path.realpath(link)).is_relative_to(inside):
            link.unlink()


def _tree(repository: Path, commit: str) -> list[tuple[str, str, str]]:
    """Mode, object and path of each file of a commit; links last, so that nothing is written through one."""
    done = subprocess.run(
        [*_GIT, "-C", str(repository), "ls-tree", "-r", "-z", "--full-tree", commit],
        capture_output=True,
        timeout=_GIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise DiffError(f"git ls-tree {commit[:12]} failed in {repository}")
    found: list[tuple[str, str, str]] = []
    for entry in filter(None, done.stdout.split(b"\0")):
        head, _, raw = entry.partition(b"\t")
        (mode, kind, name), path = os.fsdecode(head).split(), os.fsdecode(raw)
        if kind != "blob":
            continue  # Another repository, of which there is but the name.
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")):
            raise DiffError(f"{commit[:12]} has a file that would leave its folder: {path!r:.200}")
        found.append((mode, name, path))
    return sorted(found, key=lambda one: one[0] == "120000")


def _blob(objects: subprocess.Popen[bytes], name: str, path: str) -> bytes:
    if objects.stdin is None or objects.stdout is None:
        raise DiffError("git cat-file has no pipes")
    try:
        objects.stdin.write(f"{name}\n".encode())
        objects.stdin.flush()
        answer = objects.stdout.readline().split()
        if len(answer) == 3 and answer[1] == b"blob":
            data = objects.stdout.read(int(answer[2]) + 1)
            if len(data) == int(answer[2]) + 1:
                return data[:-1]
    except OSError as error:
        raise DiffError(f"git cat-file ended: {error}") from None
    raise DiffError(f"the repository has no object for {path!r:.200}; a partial clone needs it fetched first")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            [*_GIT, "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise DiffError("git is not installed, and a revision needs it; name two folders instead") from None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _saved(path: Path) -> Document:
    try:
        if path.stat().st_size > _LARGEST_SAVED:
            raise DiffError(f"{path} is larger than any saved graph")
        return read_document(json.loads(path.read_text(encoding="utf-8")))
    except DocumentError as error:
        raise DiffError(f"{path} {error}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DiffError(f"{path} is no saved graph ({error!s:.200}); save one with --save") from None
