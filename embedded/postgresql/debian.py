"""PostgreSQL from Debian's packages, unpacked into a cache folder: nothing is installed and nobody needs to be root.

apt verifies what it downloads, as it does for any other package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import platformdirs

from embedded.file_lock import exclusive
from embedded.postgresql.errors import PostgresError
from embedded.postgresql.programs import Programs, newest
from embedded.progress import Report

_TOOLS: Final = ("apt-cache", "apt-get", "dpkg-deb", "dpkg-query")
_PATIENCE: Final = 300.0
# What apt-cache leaves out of its walk: it would name half of the distribution.
_NEEDED_ALONE: Final = ("suggests", "conflicts", "breaks", "replaces", "enhances", "recommends")


def cache_folder() -> Path:
    """Where they are unpacked. Root's is that of the whole machine: root's own folder is closed to the account that
    the server has to run under."""
    if os.geteuid() == 0:
        return platformdirs.site_cache_path("dbaas-components") / "postgresql"
    return platformdirs.user_cache_path("dbaas-components") / "postgresql"


def missing_tools() -> str | None:
    """Why nothing can be got this way on this machine; None where it can be tried."""
    absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
    return f"this machine has no {', '.join(absent)}, so that Debian's packages cannot be got" if absent else None


def unpacked(folder: Path) -> Programs | None:
    """What was got earlier."""
    if not (folder / "ready").exists():
        return None
    root = folder / "root"
    libraries = [str(path) for path in (root / "usr/lib").glob("*-linux-*") if path.is_dir()]
    return newest(root.glob("usr/lib/postgresql/*/bin"), {"LD_LIBRARY_PATH": ":".join(libraries)})


def get(report: Report, folder: Path | None = None) -> Programs:
    """PostgreSQL of this Debian's release, got on first use.

    Raises `PostgresError` where apt cannot name, download or unpack it.
    """
    folder = folder or cache_folder()
    reason = missing_tools()
    if reason:
        raise PostgresError(reason)
    with exclusive(folder.with_suffix(".lock"), report, "another process gets PostgreSQL"):
        if not (folder / "ready").exists():
            with report.task("getting PostgreSQL from Debian's packages"):
                _fill(folder)
        found = unpacked(folder)
    if found is None:
        raise PostgresError(f"what Debian's packages hold does not run here: {folder}")
    return found


def _fill(folder: Path) -> None:
    server = server_package(_run("apt-cache", "depends", "--important", "postgresql"))
    walk = _run("apt-cache", "depends", "--recurse", *(f"--no-{kind}" for kind in _NEEDED_ALONE), server)
    installed = _run("dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755, parents=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        _run("apt-get", "download", "--quiet", *to_get(server, walk, installed), cwd=Path(scratch))
        for package in sorted(Path(scratch).glob("*.deb")):
            _run("dpkg-deb", "--extract", str(package), str(folder / "root"))
    (folder / "ready").touch()


def server_package(depends: str) -> str:
    """`postgresql-15` in what `apt-cache depends postgresql` prints."""
    found = re.search(r"Depends: (postgresql-\d+)$", depends, re.MULTILINE)
    if found is None:
        raise PostgresError("apt knows no package postgresql: run `apt-get update`")
    return found[1]


def to_get(server: str, walk: str, installed: str) -> list[str]:
    """The server, its programs for clients, and those libraries of its dependencies that are not installed."""
    have = {line.split()[1] for line in installed.splitlines() if line.startswith("ii ")}
    needed = _names(walk.splitlines())
    # The compiler for queries is loaded where it is found, and does without.
    libraries = {name for name in needed if name.startswith("lib") and not name.startswith("libllvm")}
    version = server.removeprefix("postgresql-")
    # libpq goes with the programs even where another one is installed, which may be older than they are.
    return sorted({server, f"postgresql-client-{version}", "libpq5", *(libraries - have)})


def _names(lines: Iterable[str]) -> set[str]:
    return {line.strip() for line in lines if re.match(r"[a-z0-9]", line)}


def _run(*command: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise PostgresError(f"{command[0]} did not end within {_PATIENCE:.0f} s") from None
    if done.returncode:
        raise PostgresError(f"{command[0]} {command[1]} failed: {done.stderr.strip()[-400:]}")
    return done.stdout
