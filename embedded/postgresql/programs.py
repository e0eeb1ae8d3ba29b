"""Which PostgreSQL there is on this machine, and as whom its server can run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from embedded.postgresql.errors import PostgresError

NEEDED: Final = ("initdb", "pg_basebackup", "pg_controldata", "pg_rewind", "postgres", "psql")
OLDEST: Final = 13
"""The oldest major version that pg_rewind brings through crash recovery by itself (release notes of PostgreSQL 13)."""
DEBIAN: Final = Path("/usr/lib/postgresql")
# All that a server needs of our environment; it must not carry our secrets.
_PASSED_ON: Final = ("PATH", "TMPDIR", "TZ")


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one PostgreSQL, and the account that they run under."""

    folder: Path
    version: str
    account: str | None = None
    """Another account than ours: PostgreSQL's server refuses to run as root."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**passed, "LC_ALL": "C", "PGTZ": "UTC", **self.variables}

    def command(self, program: str, *arguments: str) -> list[str]:
        return [str(self.folder / program), *arguments]

    def start(
        self, program: str, *arguments: str, environment: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[Any]:
        """A process of that program, under the account; options are those of `subprocess.Popen`."""
        as_whom: dict[str, Any] = (
            {"user": self.account, "group": _group(self.account), "extra_groups": []} if self.account else {}
        )
        return subprocess.Popen(
            self.command(program, *arguments),
            env={**self.environment, **(environment or {})},
            cwd="/",
            **as_whom,
            **options,
        )

    def run(
        self,
        program: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        patience: float = 60.0,
    ) -> str:
        """What a program printed. Raises `PostgresError` with its last words where it fails or takes too long."""
        process = self.start(
            program,
            *arguments,
            environment=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            printed, said = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise PostgresError(f"{program} did not end within {patience:.0f} s") from None
        if process.returncode:
            raise PostgresError(f"{program} failed with status {process.returncode}: {said.strip()[-800:]}")
        return printed

    def own(self, path: Path) -> None:
        """Gives a file or folder to the account."""
        if self.account:
            shutil.chown(path, self.account, _group(self.account))


def installed(variables: Mapping[str, str] = os.environ) -> Programs | None:
    """The newest complete PostgreSQL on PATH or where Debian's packages put it, with who runs it."""
    on_path = shutil.which("pg_ctl", path=variables.get("PATH"))
    found = [Path(on_path).resolve().parent] if on_path else []
    return newest([*found, *DEBIAN.glob("*/bin")])


def newest(folders: Iterable[Path], variables: Mapping[str, str] | None = None) -> Programs | None:
    """The newest complete PostgreSQL of these folders, if one is not too old."""
    complete = {folder for folder in folders if all((folder / program).is_file() for program in NEEDED)}
    told = {folder: version_of(folder, variables or {}) for folder in complete}
    good = [(major(version), folder, version) for folder, version in told.items() if major(version) >= OLDEST]
    if not good:
        return None
    _, folder, version = max(good)
    return Programs(folder, version, account_for_server(), variables or {})


def version_of(folder: Path, variables: Mapping[str, str]) -> str:
    """`15.18`, as the server says it; empty where it cannot run here."""
    told = subprocess.run(
        [str(folder / "postgres"), "--version"],
        env={**{name: os.environ[name] for name in _PASSED_ON if name in os.environ}, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"\) (\S+)", told.stdout)
    return found[1] if told.returncode == 0 and found else ""


def major(version: str) -> int:
    """15 of `15.18`, 0 of nothing."""
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def account_for_server() -> str | None:
    """None where we are nobody special; else the first account of these that exists, for root may not run a server."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise PostgresError("PostgreSQL refuses to run as root, and there is neither an account postgres nor nobody")


def _group(account: str | None) -> int:
    return pwd.getpwnam(account or "").pw_gid
