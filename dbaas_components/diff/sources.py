"""What a side is: a git revision, a folder, or a saved graph; and a copy of it that a program may run in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
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
_LARGEST_SAVED: Final = 512 * 2**20
_GIT_SECONDS: Final = 120
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
    to.mkdir()
    with subprocess.Popen(
        ["git", "-C", str(repository), "archive", "--format=tar", commit],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            # The filter refuses what would leave the folder, such as a link to a file of the user's.
            archive.extractall(to, filter=_inside)  # noqa: S202
        if process.wait() != 0:
            raise DiffError(f"git archive {commit[:12]} failed in {repository}")


def _inside(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    try:
        return tarfile.data_filter(member, path)
    except tarfile.FilterError:
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607
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
