"""Which packages a project asks for, by its own files: what differs between two sides was not evaluated."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

_LARGEST: Final = 8 * 2**20
_MOST_TOLD: Final = 10
_LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)")
_LOGIN = re.compile(r"//[^/@\s]*@")
_UNREADABLE: Final = "what it asks for"

Requirements = Mapping[str, Mapping[str, str]]
"""By file each package with what is asked of its version."""


def requirements_of(folder: Path) -> Requirements:
    """The requirements in `requirements*.txt`, `pyproject.toml` and lock files of a folder; no link is read."""
    paths = [*sorted(folder.glob("requirements*.txt")), folder / "pyproject.toml", *(folder / name for name in _LOCKS)]
    return {path.name: _read(path) for path in paths if path.is_file() and not path.is_symlink()}


def changed_requirements(base: Requirements, head: Requirements) -> list[str]:
    """A line for each file that asks for other packages, or for other versions of them, on the two sides."""
    lines: list[str] = []
    for file in sorted({*base, *head}):
        old, new = base.get(file, {}), head.get(file, {})
        told = [
            f"{name} {old.get(name, 'none') or 'any'} -> {new.get(name, 'none') or 'any'}"
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name)
        ]
        if told:
            more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
            lines.append(
                f"{file} asks for other packages: {', '.join(told[:_MOST_TOLD])}{more}; "
                "both sides were evaluated with those of --python"
            )
    return lines


def _read(path: Path) -> Mapping[str, str]:
    try:
        if path.stat().st_size > _LARGEST:
            return {_UNREADABLE: "cannot be read: the file is too large"}
        text = path.read_text(encoding="utf-8")
        pinned = _of_text(text) if path.suffix == ".txt" else _of_toml(tomllib.loads(text), path.name in _LOCKS)
        return dict(sorted(pinned))
    except (OSError, ValueError, RecursionError) as error:
        return {_UNREADABLE: f"cannot be read: {error!s:.100}"}


def _of_text(text: str) -> Iterator[tuple[str, str]]:
    for line in text.replace("\\\n", " ").splitlines():
        wanted = re.split(r"(?:^|\s)#|\s--hash", line)[0].strip()
        if wanted:
            yield _of_line(wanted)


def _of_line(wanted: str) -> tuple[str, str]:
    found = _NAME.fullmatch(wanted)
    if found is None:
        # An option, such as another index, which may have a password in it: told by a digest.
        return re.split(r"[\s=]", wanted)[0], hashlib.sha256(wanted.encode()).hexdigest()[:8]
    name, extras, version = found.groups()
    return re.sub(r"[-_.]+", "-", name).lower(), f"{extras or ''}{_LOGIN.sub('//', version)}"


def _of_toml(content: Mapping[str, Any], lock: bool) -> Iterator[tuple[str, str]]:
    if lock:
        for one in _items(content.get("package")):
            fields = _mapping(one)
            if isinstance(fields.get("name"), str):
                yield fields["name"], str(fields.get("version", ""))
        return
    for wanted in _items(_mapping(content.get("project")).get("dependencies")):
        if isinstance(wanted, str):
            yield _of_line(wanted)
    python = _mapping(content.get("project")).get("requires-python")
    if isinstance(python, str):
        yield "python", python
    poetry = _mapping(_mapping(content.get("tool")).get("poetry")).get("dependencies")
    yield from ((name, str(version)) for name, version in _mapping(poetry).items())


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
