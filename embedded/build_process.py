"""One `go build`: followed while it runs, ended with us, and its output read when it fails."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedded.go_toolchain import BuildError
from embedded.progress import Task

_SHOWN_LINES = 12
_PATIENCE = 5.0

# What go prints on the commonest failures that are not ours, and what to do about each.
_FIXES = (
    ("no space left on device", "free disk space, or point GOCACHE, GOMODCACHE and TMPDIR to a larger disk"),
    ("signal: killed", "the system ended the compiler, mostly for want of memory; close programs or set GOMAXPROCS=1"),
    ("missing go.sum entry", "the checkout is not whole; restore go.mod and go.sum from version control"),
    ("checksum mismatch", "a proxy changed a module; use another GOPROXY, then `go clean -modcache`"),
    ("dial tcp", "check the network, or set GOPROXY to a module proxy that you can reach"),
    ("i/o timeout", "check the network, or set GOPROXY to a module proxy that you can reach"),
    ("tls: failed to verify", "set GOPROXY to a proxy whose certificate this machine trusts"),
)


def run_go_build(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path, task: Task) -> None:
    """Runs the build and follows it; whatever ends us ends its whole process group first.

    Raises `BuildError` with the command, the last lines go printed and the fix. The whole output stays in `log`.
    """
    with (
        log.open("w", encoding="utf-8") as output,
        log.open(encoding="utf-8", errors="replace") as printed,
        # A session of its own: a Ctrl-C in the terminal reaches us alone, and we end go and its compilers in order.
        subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            packages = 0
            last = ""
            while process.poll() is None:
                for line in printed:
                    packages += is_package(line)
                    last = line.strip()
                task.update(_stage(packages, last))
                time.sleep(0.25)
        except BaseException:
            end_group(process)
            raise
    if process.returncode != 0:
        raise BuildError(failure(command, cwd, process.returncode, log.read_text(errors="replace"), log))


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that leads its own group, and the group: politely, then by force after 5 s."""
    for how, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _stage(packages: int, last: str) -> str:
    if last.startswith("go: downloading "):
        return last.removeprefix("go: ")
    return f"{packages} packages compiled, {last}" if packages else ""


def is_package(line: str) -> bool:
    """Whether a line of `go build -v` only names a package it has begun to compile."""
    return re.fullmatch(r"[\w.~+-]+(/[\w.~+-]+)*", line.strip()) is not None


def failure(command: Sequence[str], cwd: Path, status: int, output: str, log: Path) -> str:
    """The message of a failed build: the fix where it is known, the command, what go printed last."""
    lines = [line for line in output.splitlines() if line.strip() and not is_package(line)]
    lines = [line for line in lines if not line.startswith("go: downloading ")]
    fix = next((fix for sign, fix in _FIXES if sign in output), f"see {log}; try again once the cause is mended")
    shown = "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:]) or "  (nothing)"
    return f"go build ended with status {status}; {fix}\n  command: cd {cwd} && {shlex.join(command)}\n{shown}"
