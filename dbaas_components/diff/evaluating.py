"""Evaluates a side in a process of its own, with bounds on time, memory, processes and what it may reach."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import hmac
import importlib.metadata
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from dbaas_components.diff.cluster_identity import with_targets
from dbaas_components.diff.document import Document, DocumentError, read_document, with_secrets
from dbaas_components.diff.failures import DefinitionsMissing, DiffError
from dbaas_components.diff.isolation import NOT_ISOLATED, TOO_MUCH_MEMORY
from dbaas_components.diff.report.escaping import visible

_SIDE: Final = Path(__file__).with_name("side.py")
_LAUNCHER: Final = Path(__file__).with_name("isolation.py")
# A graph of 1,000 databases is some 5 MiB; read, a hostile one takes twenty times its size.
_LARGEST_GRAPH: Final = 128 * 2**20
_LARGEST_MESSAGE: Final = 64 * 2**10
_STATES: Final = "isolation: "
# Linux, linux/prctl.h.
_SET_DUMPABLE: Final = 4
_LINES: Final = 12
# How the library says so, in whichever version the side has.
_NO_DEFINITIONS: Final = "custom resource definitions: "
_NOT_FETCHED: Final = "could not be fetched"
_CACHE: Final = "cache"
_CHUNK: Final = 2**16
_TO_END: Final = 5.0
"""Seconds that the launcher gets to end what it started; a program that runs without one may not listen."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an evaluation may use."""

    seconds: float = 120.0
    """Wall clock."""
    cpu_seconds: int = 120
    memory_bytes: int = 4 * 2**30
    """Address space of each of its processes, and, where they are apart, memory of all of them together."""
    processes: int = 256
    """Processes and threads of the user, where the kernel counts them apart."""
    file_bytes: int = 256 * 2**20
    disk_bytes: int = 2**30
    """Files together, where they are apart."""
    isolated: bool = True
    """Whether the program must not run where this machine cannot cut it off from network and files."""
    readable: tuple[Path, ...] = ()
    """Folders that the program may read beside the system's, its interpreter's and its own."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A side's graph, and what kept it apart."""

    text: str
    """The document as JSON, its secrets replaced."""
    document: Document
    isolation: tuple[str, ...]


def evaluate_side(
    folder: Path,
    stack: str,
    name: str,
    key: bytes,
    python: str,
    limits: Limits,
    definitions: Path | None = None,
    *,
    without_definitions: bool = False,
) -> Evaluated:
    """The graph of a stack of the project in `folder`, a copy that the program may write to.

    The program gets a clean environment with an empty home, in which only `definitions` are, the published definitions
    of the operators: without a network it could not fetch them, and a stack that installs them is evaluated without
    them where that is asked for. Secrets are replaced by a digest under `key`, so that a
    change of one is seen and its value nowhere kept. Raises `DiffError` with what the program said, of the kind
    `DefinitionsMissing` where nothing but definitions is missing.
    """
    home = folder.parent if folder.parent.name.startswith("dbaas-diff-") else _above(folder)
    if definitions is not None:
        place = home / _CACHE / "dbaas-components"
        place.mkdir(parents=True, exist_ok=True)
        (place / "definitions").symlink_to(definitions.resolve())
    readable = [*_interpreter(python), *map(str, limits.readable), *([str(definitions)] if definitions else [])]
    output, messages, verdict, code = _run(
        _command(folder, stack, home, python, limits, readable, without_definitions=without_definitions),
        _environment(folder, home),
        limits,
    )
    # Where the copy was is of no use to anyone, and another with every run.
    said, isolation = _split(messages.replace(f"{folder}{os.sep}", "").replace(str(folder), "the project's folder"))
    missing = "; ".join(one for one in isolation if "NOT" in one)
    if code == NOT_ISOLATED and limits.isolated and missing:
        raise DiffError(
            f'"{name}" was not run: its program is {missing}. Run it where the system allows user namespaces, '
            "or, if you trust both sides, with --without-isolation"
        )
    if verdict:
        raise DiffError(f'"{name}" {verdict}')
    try:
        value = with_secrets(with_targets(json.loads(output), key), lambda secret: _digest(key, secret))
        document = read_document(value)
    except (ValueError, DocumentError, RecursionError):
        reason = said or "its program wrote no graph; it may have ended the process itself"
        if reason.startswith(_NO_DEFINITIONS) and _NOT_FETCHED in reason:
            count = reason.count(_NOT_FETCHED)
            raise DefinitionsMissing(
                f'"{name}" installs definitions of which {count} files are not on this machine, and its program is cut '
                "off from the network; name the folder that they are in with --definitions"
            ) from None
        raise DiffError(f'"{name}" cannot be evaluated: {reason}') from None
    return Evaluated(json.dumps(value, separators=(",", ":")), document, isolation)


def _above(folder: Path) -> Path:
    return next((one for one in folder.parents if one.name.startswith("dbaas-diff-")), folder.parent)


@lru_cache
def installed(python: str) -> tuple[str, ...]:
    """An interpreter's version and its packages, which a program is evaluated with; others may give another graph."""
    if python == sys.executable:
        return sys.version, *sorted({f"{one.name}=={one.version}" for one in importlib.metadata.distributions()})
    packages = "sorted({f'{one.name}=={one.version}' for one in importlib.metadata.distributions()})"
    return tuple(_asked(python, f"[sys.version, *{packages}]"))


def _asked(python: str, what: str) -> list[str]:
    asks = f"import importlib.metadata, json, sys; print(json.dumps({what}))"
    try:
        done = subprocess.run(
            [python, "-I", "-c", asks], capture_output=True, text=True, check=True, timeout=60, env={"PATH": os.defpath}
        )
        return json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise DiffError(f"{python} cannot be run: {error!s:.300}") from None


@lru_cache
def _interpreter(python: str) -> tuple[str, ...]:
    """The folders that an interpreter reads its own parts and its packages from, and this library's."""
    found = [path for path in _asked(python, "[sys.prefix, sys.base_prefix, *sys.path]") if path]
    package = Path(__file__).parents[1]
    # Of a checkout that packages are used from only these: beside them lie its state and its secrets.
    inside = tuple(f"{path}{os.sep}" for path in found[:2])
    parts = [path for path in found if not (Path(path) / "dbaas_components").is_dir() or path.startswith(inside)]
    own = [str(Path(path) / "dbaas_components") for path in found if path not in parts]
    return tuple(dict.fromkeys([python, *parts, *own, str(package)]))


def _command(
    folder: Path,
    stack: str,
    home: Path,
    python: str,
    limits: Limits,
    readable: Sequence[str],
    *,
    without_definitions: bool,
) -> list[str]:
    bounds = (limits.cpu_seconds, limits.memory_bytes, limits.processes, limits.file_bytes, limits.disk_bytes)
    # The launcher is ours and runs in our own interpreter, without the environment: a module of the side on PYTHONPATH
    # would run before anything is cut off. It becomes the side's.
    launcher = [sys.executable, "-I", str(_LAUNCHER), str(home), str(int(limits.isolated)), *map(str, bounds)]
    launcher.append(json.dumps(list(readable)))
    more = ["without-definitions"] if without_definitions else []
    return [*launcher, python, "-P", "-s", "-B", str(_SIDE), str(folder), stack, *more]


def _environment(folder: Path, home: Path) -> dict[str, str]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CACHE_HOME": str(home / _CACHE),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
    # A project that brings the library itself is evaluated with its own.
    top = next((one for one in (folder, *folder.parents) if (one / "dbaas_components" / "__init__.py").is_file()), None)
    if top is not None and home in (top, *top.parents):
        environment["PYTHONPATH"] = str(top)
    return environment


def _keep_to_ourselves() -> None:
    """Closes our own environment in /proc to other processes of the same user, for where nothing else does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def _run(command: list[str], environment: Mapping[str, str], limits: Limits) -> tuple[bytes, str, str, int]:
    """What the process wrote to its standard output and error, the verdict where it was stopped, its exit code."""
    _keep_to_ourselves()
    process = subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        close_fds=True,
    )
    deadline = time.monotonic() + limits.seconds
    collected: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    verdict = ""
    try:
        with selectors.DefaultSelector() as selector:
            for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ, name)
            while selector.get_map() and not verdict:
                left = deadline - time.monotonic()
                if left <= 0:
                    verdict = f"was stopped after {limits.seconds:g} s; its program does not come to an end"
                    break
                verdict = _read(selector, left, collected)
        if not verdict:
            code = process.wait(timeout=max(deadline - time.monotonic(), 1))
            verdict = _verdict(code, limits)
    except subprocess.TimeoutExpired:
        verdict = f"was stopped after {limits.seconds:g} s; its program does not come to an end"
    finally:
        _end(process)
    return bytes(collected["stdout"]), collected["stderr"].decode(errors="replace"), verdict, process.returncode


def _read(selector: selectors.BaseSelector, left: float, collected: dict[str, bytearray]) -> str:
    for ready, _ in selector.select(timeout=min(left, 1.0)):
        data = os.read(ready.fd, _CHUNK)
        if not data:
            selector.unregister(ready.fileobj)
            continue
        into = collected[ready.data]
        into += data
        if ready.data == "stderr" and len(into) > _LARGEST_MESSAGE:
            # The end says why a program failed; the beginning what kept it apart.
            del into[_LARGEST_MESSAGE // 2 : len(into) - _LARGEST_MESSAGE // 2]
        if ready.data == "stdout" and len(into) > _LARGEST_GRAPH:
            return f"was stopped: its graph is larger than {_LARGEST_GRAPH // 2**20} MiB"
    return ""


def _verdict(code: int, limits: Limits) -> str:
    if code == TOO_MUCH_MEMORY:
        return f"was stopped: its processes took more than {limits.memory_bytes // 2**20} MiB of memory"
    number = -code if code < 0 else code - 128 if code > 128 else 0
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return f"was stopped: its program used more than {limits.cpu_seconds} s of CPU or all memory, or killed itself"
    if number == signal.SIGXFSZ:
        return f"was stopped: its program wrote a file larger than {limits.file_bytes // 2**20} MiB"
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it started, and waits until they are gone where they have a space of their own."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TO_END)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _split(messages: str) -> tuple[str, tuple[str, ...]]:
    """What the program said last, and the lines in which the launcher says what kept it apart.

    Only the first line can be the launcher's: it writes before the program runs.
    """
    first, _, rest = messages.partition("\n")
    if not first.startswith(_STATES):
        return _harmless(messages), ()
    return _harmless(rest), tuple(first.removeprefix(_STATES).split("; "))


def _harmless(text: str) -> str:
    """A program's own words, without what could move a terminal's cursor; the end says why it failed."""
    lines = text.strip().splitlines()[-_LINES:]
    return "\n".join(visible(line, 600) for line in lines)


def _digest(key: bytes, secret: Any) -> str | None:
    if secret is None or secret == "[secret]":  # noqa: S105 - the stand-in for a value that only an engine knows
        return "[secret]"
    text = json.dumps(secret, sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
