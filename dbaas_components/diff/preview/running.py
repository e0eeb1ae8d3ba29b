"""Runs an engine's preview, or reads a recorded one, and makes the report of it."""

from __future__ import annotations

import importlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dbaas_components.cli.project import Project
from dbaas_components.cost.costs import estimate
from dbaas_components.cost.prices import PriceTable
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.gate import choose, judged, policy_at
from dbaas_components.diff.preview.judging import judge
from dbaas_components.diff.preview.reading import LARGEST, Preview, read_preview
from dbaas_components.diff.report.model import EnginePart, Report, Side
from dbaas_components.diff.soundness import unsound

STREAMED: Final[Mapping[str, str]] = {
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
}
"""Makes `pulumi preview --json` write a line for each event, so that one that ends early has told what it knew."""
_CHUNK: Final = 2**16
_LONGEST_MESSAGE: Final = 2_000
_GRACE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Output:
    """What an engine wrote."""

    text: str
    events: str = ""
    code: int | None = None
    said: str = ""
    """The end of its standard error."""
    origin: str = ""


def recorded(path: Path | None, text: str | None, events: Path | None) -> Output:
    """A preview that was run elsewhere. Raises `DiffError` where a file cannot be read."""
    if path is not None:
        text = _read(path)
    return Output(text or "", _read(events) if events is not None else "", origin=f"recorded: {path or 'input'}")


def run_engine(
    folder: Path, stack: str, engine: str, seconds: float, policy_packs: Sequence[Path] = (), refresh: bool = False
) -> Output:
    """The preview of a project by an engine that is installed. Raises `DiffError` where there is no such engine.

    The engine gets this process's environment: it needs the credentials that the program needs.
    """
    binary = shutil.which(engine)
    if binary is None:
        raise DiffError(
            f'there is no engine "{engine}"; install Pulumi, name it with --engine, or read a preview with --from'
        )
    arguments = ["preview", "--json", "--non-interactive", "--stack", stack]
    for pack in policy_packs:
        arguments += ["--policy-pack", str(pack.resolve())]
    if refresh:
        arguments.append("--refresh")
    process = subprocess.Popen(
        [binary, *arguments],
        cwd=folder,
        env={**os.environ, **STREAMED},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    output, errors, late = _collected(process, time.monotonic() + seconds)
    said = errors[-_LONGEST_MESSAGE:].decode(errors="replace").strip()
    if late:
        said = f"it was stopped after {seconds:g} s. {said}".strip()
    return Output(output.decode(errors="replace"), "", process.returncode, said, f"{binary} preview")


def run_own(project: Project, stack: str, policy_packs: Sequence[Path] = (), refresh: bool = False) -> Output:
    """The preview of this checkout's own stack, by the engine and the parts that `dbaas up` would use.

    What `up` refuses before it starts, because data would be lost, is told here and not refused. Raises what `up`
    raises where a part cannot be had.
    """
    operations: Any = importlib.import_module("embedded.operations")
    workspace: Any = importlib.import_module("embedded.workspace")
    failure: Any = importlib.import_module("embedded.engine_errors")
    program: Any = importlib.import_module("stacks.program").main
    from pulumi.automation.errors import CommandError
    from rich.console import Console

    report: Any = importlib.import_module("embedded.progress").ConsoleReport(Console(stderr=True))
    settings = operations.read_settings(project, stack)
    # The parts forget which clusters were outside if the settings name none any more; `up` looks first, too.
    operations.refuse_forgotten_clusters(project, settings)
    parts = operations.provide_parts(project, settings, report, refuse=False)
    told = failure.Told(report)
    try:
        opened = workspace.open_stack(project, settings, parts, program, report)
    except CommandError as error:
        raise failure.EngineFailure.of(error, told) from None
    opened.workspace.env_vars = {**opened.workspace.env_vars, **STREAMED}
    lines: list[str] = []
    code, said = 0, ""
    try:
        with told.progress(f"pulumi preview, stack {stack}"):
            opened.preview(
                json=True,
                color="never",
                on_output=lines.append,
                policy_packs=[str(pack.resolve()) for pack in policy_packs],
                refresh=refresh,
            )
    except CommandError as error:
        code, said = 1, last_words(str(error))
    except RuntimeError as error:
        # The SDK's words for an engine that ended without a summary.
        code, said = 1, str(error)
    return Output("\n".join(lines), "", code, said, f"{parts.engine.place} preview")


def build_report(
    output: Output, folder: Path, gate: Path | None, prices: PriceTable | None, stack: str = ""
) -> tuple[Report, Preview]:
    """The report of a preview, judged. Raises `DiffError` for a policy that cannot be read."""
    preview = read_preview(output.text, output.events, output.code)
    found = judge(preview, stack=stack)
    errors = preview.errors
    if not errors and output.said and not preview.complete:
        errors = (output.said,)
    incomplete = (*preview.problems, *unsound(found.base, found.head))
    engine = EnginePart(incomplete, errors, preview.warnings, found.disagreements, found.refused, found.advised)
    notes: tuple[str, ...] = ()
    if preview.unshown:
        notes = (
            f"the engine did not write down {preview.unshown} unchanged resources, so that databases which an operator "
            "restarts may be missing; record with --show-sames",
        )
    report = Report(
        stack or found.head.stack,
        Side("state", "the engine's state"),
        Side("program", output.origin),
        found.changes,
        notes=notes,
        engine=engine,
        costs=estimate(found.base, found.head, prices) if prices is not None else None,
    )
    policy = policy_at(folder)
    # Whoever may run a preview has the stack's credentials; the project's policy counts as it stands.
    return judged(report, choose(gate, policy, policy), datetime.now(UTC).date()), preview


def _collected(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes, bool]:
    """Both streams to their end; the engine is asked to stop at the deadline, and ended if it does not."""
    parts = {"stdout": bytearray(), "stderr": bytearray()}
    late = False
    with selectors.DefaultSelector() as selector:
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, name)
        try:
            while selector.get_map():
                if time.monotonic() > deadline:
                    os.killpg(process.pid, signal.SIGKILL if late else signal.SIGINT)
                    late, deadline = True, deadline + _GRACE
                for ready, _ in selector.select(timeout=0.5):
                    data = os.read(ready.fd, _CHUNK)
                    if not data:
                        selector.unregister(ready.fileobj)
                    elif len(parts[ready.data]) < LARGEST:
                        parts[ready.data] += data
                # A plugin that outlives the engine may hold its pipes open.
                if process.poll() is not None and not selector.select(timeout=0.2):
                    break
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()
            raise
    process.wait()
    return bytes(parts["stdout"]), bytes(parts["stderr"]), late


def last_words(text: str) -> str:
    """The engine's own error of a failure that the SDK tells with all that was printed, JSON included."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("{")]
    # An error may go on below its first line, as one does that says how many there are.
    first = next((number for number, line in enumerate(lines) if "error:" in line), 0)
    return "; ".join(line.removeprefix("stderr: ") for line in lines[first:])[-_LONGEST_MESSAGE:]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DiffError(f"{path} cannot be read: {error.strerror or error}") from None
