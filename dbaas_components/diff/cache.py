"""Graphs of sides that did not change since they were last evaluated, found again by their content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from platformdirs import user_cache_path

from dbaas_components.diff.document import Document, DocumentError, read_document

_KEPT: Final = 64
_KEY_BYTES: Final = 32
_PACKAGE: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Kept:
    """A graph as it was evaluated."""

    text: str
    document: Document
    isolation: tuple[str, ...]


def cache_folder() -> Path:
    """Where graphs are kept; readable for the user alone."""
    return user_cache_path("dbaas-components") / "graphs"


def secret_key() -> bytes:
    """The key under which secrets are digested, the same for every run on this machine, so that kept graphs compare.

    Without a place to keep it, one for this run.
    """
    path = cache_folder() / "key"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
    return secrets.token_bytes(_KEY_BYTES)


def content_key(folders: Iterable[Path], *more: str) -> str:
    """A digest of every file in the folders, of this library's own, and of what else decides what a program gives.

    By content alone, so that a graph is found again where the same files were installed or checked out anew.
    """
    digest = hashlib.sha256()
    for text in more:
        digest.update(f"{len(text)}:{text}".encode())
    for folder in (*folders, _PACKAGE):
        digest.update(b"\n\n")
        for path in _files(folder):
            digest.update(f"\n{path.relative_to(folder)}\n".encode(errors="surrogateescape"))
            content = str(path.readlink()).encode(errors="surrogateescape") if path.is_symlink() else path.read_bytes()
            digest.update(f"{len(content)}:".encode())
            digest.update(content)
    return digest.hexdigest()


def find(key: str) -> Kept | None:
    """The graph kept under a key; None where there is none that can be read."""
    path = cache_folder() / f"{key}.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        document = read_document(value["document"])
        isolation = tuple(str(one) for one in value["isolation"])
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError, DocumentError, RecursionError):
        return None
    return Kept("", document, isolation)


def keep(key: str, text: str, isolation: Iterable[str]) -> None:
    """Keeps a graph; a cache that cannot be written only costs time."""
    folder = cache_folder()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Readable for the user alone, and of a name of its own: both sides may be the same.
        with NamedTemporaryFile("w", dir=folder, suffix=".unfinished", delete=False, encoding="utf-8") as file:
            file.write(f'{{"isolation":{json.dumps(list(isolation))},"document":{text}}}')
        Path(file.name).replace(folder / f"{key}.json")
        oldest = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT:]
        for path in oldest:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.is_symlink() or (path.is_file() and "__pycache__" not in path.parts)
    )
