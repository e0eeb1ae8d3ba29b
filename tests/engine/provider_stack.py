"""A stack of the real engine on the stand-in provider, for tests: inline programs, a state of its own, events."""

from __future__ import annotations

import gc
import re
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi.automation as auto
from pulumi.automation.events import EngineEvent

from embedded.provider.launcher import write_launcher

Program = Callable[[], None]
_TRIES = 3
_MISTAKEN_FOR_ANOTHER = ("Resource monitor has terminated", "Exception calling application: <_InactiveRpcError")


@dataclass
class Told:
    """What the engine told during one operation."""

    events: list[EngineEvent] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def steps(self) -> dict[str, str]:
        """The operation on each resource, by its Pulumi name; of a replacement the last one."""
        found: dict[str, str] = {}
        for event in self.events:
            if event.resource_pre_event is not None:
                metadata = event.resource_pre_event.metadata
                found[metadata.urn.rsplit("::", 1)[1]] = metadata.op.value
        return found

    def order(self, name: str) -> list[str]:
        """Every operation on one resource, in the order they began."""
        operations = [event.resource_pre_event.metadata for event in self.events if event.resource_pre_event]
        return [metadata.op.value for metadata in operations if metadata.urn.endswith(f"::{name}")]

    def changed_paths(self, name: str) -> set[str]:
        """The property paths of the detailed diff of one resource."""
        paths: set[str] = set()
        for event in self.events:
            if event.resource_pre_event is not None:
                metadata = event.resource_pre_event.metadata
                if metadata.urn.endswith(f"::{name}"):
                    paths |= set(metadata.detailed_diff or {})
        return paths

    @property
    def messages(self) -> list[str]:
        """Every message that stayed on the screen, without colours."""
        said = [event.diagnostic_event for event in self.events if event.diagnostic_event]
        return [_plain(message.message) for message in said if not message.ephemeral and message.severity != "debug"]

    @property
    def errors(self) -> list[str]:
        """Every message that is an error."""
        said = [event.diagnostic_event for event in self.events if event.diagnostic_event]
        return [_plain(message.message) for message in said if message.severity == "error"]

    @property
    def passing_messages(self) -> list[str]:
        """Every message that stood beside a resource only while its operation went on."""
        said = [event.diagnostic_event for event in self.events if event.diagnostic_event]
        return [_plain(message.message) for message in said if message.ephemeral]

    @property
    def text(self) -> str:
        return "\n".join([*self.messages, *self.lines])


def _keep_stopped_programs() -> None:
    """Takes what the SDK leaves of a program that the engine stopped half-way out of the garbage collector's sight.

    Its suspended coroutines would be freed by chance, and their clean-up then fails wherever the collector happens to
    run; on Python 3.11 that broke `ast.parse` in an import.
    """
    gc.freeze()


def _wait_for_stopped_programs(within: float = 15.0) -> None:
    """Waits until the SDK's language server has left the program of an operation that failed.

    The SDK returns while that program's thread still talks to the engine that is gone, and a next program of this
    process then hears its errors as its own.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and any(map(_runs_a_program, sys._current_frames().values())):
        time.sleep(0.05)


def _runs_a_program(frame: types.FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "run" and frame.f_code.co_filename.endswith("automation/_server.py"):
            return True
        frame = frame.f_back
    return False


def _plain(text: str) -> str:
    return re.sub(r"<\{%.*?%\}>|\x1b\[[0-9;]*m", "", text).strip()


class ProviderStack:
    """One stack `test` in a folder of its own. `environment` is added to the engine's."""

    def __init__(self, folder: Path, engine: Path, kubeconfig: Path, **environment: str) -> None:
        self._folder = folder
        binaries = folder / "engine" / "bin"
        write_launcher(binaries)
        if not (binaries / "pulumi").exists():
            (binaries / "pulumi").symlink_to(engine)
        (folder / "state").mkdir(exist_ok=True)
        (folder / "work").mkdir(exist_ok=True)
        self._environment = {
            "KUBECONFIG": str(kubeconfig),
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_HOME": str(folder / "home"),
            **environment,
        }

    def up(self, program: Program, **options: Any) -> tuple[Told, auto.UpResult]:
        told = Told()
        return told, self._run("up", program, told, options)

    def preview(self, program: Program, **options: Any) -> Told:
        told = Told()
        self._run("preview", program, told, options)
        return told

    def refresh(self, program: Program) -> Told:
        told = Told()
        self._run("refresh", program, told, {})
        return told

    def destroy(self, program: Program = lambda: None) -> Told:
        told = Told()
        self._run("destroy", program, told, {})
        return told

    def failure(self, operation: str, program: Program) -> tuple[Told, str]:
        """Runs an operation that has to fail: what was told, and the engine's whole output."""
        told = Told()
        try:
            self._run(operation, program, told, {})
        except auto.CommandError as error:
            return told, _plain(str(error))
        raise AssertionError(f"{operation} succeeded, and should not have:\n{told.text}")

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources in the state, by name, as they are stored."""
        deployment = self._stack(lambda: None).export_stack().deployment or {}
        return {item["urn"].rsplit("::", 1)[1]: item for item in deployment.get("resources", [])}

    def stored(self) -> str:
        """The whole state as it is on disk."""
        return "\n".join(path.read_text() for path in (self._folder / "state").rglob("*.json*") if path.is_file())

    def _run(self, operation: str, program: Program, told: Told, options: dict[str, Any]) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return self._run_once(operation, program, told, options)
            except auto.CommandError as error:
                # The SDK's own failure, and no result: a program that failed before in this process took this one's
                # engine for its own. It is gone after a while, and the same command goes on.
                if not any(sign in str(error) for sign in _MISTAKEN_FOR_ANOTHER):
                    raise
                told.events.clear()
                told.lines.clear()
        return self._run_once(operation, program, told, options)

    def _run_once(self, operation: str, program: Program, told: Told, options: dict[str, Any]) -> Any:
        try:
            return getattr(self._stack(program), operation)(
                on_event=told.events.append, on_output=told.lines.append, color="never", **options
            )
        except auto.CommandError as error:
            # The engine's own errors once more: reports cut the whole output off, at the end or in the middle.
            error.add_note("\n".join(told.errors))
            raise
        finally:
            _wait_for_stopped_programs()
            _keep_stopped_programs()

    def _stack(self, program: Program) -> auto.Stack:
        return auto.create_or_select_stack(
            "test",
            project_name="provider",
            program=program,
            opts=auto.LocalWorkspaceOptions(
                work_dir=str(self._folder / "work"),
                pulumi_command=auto.PulumiCommand(root=str(self._folder / "engine")),
                env_vars=self._environment,
                secrets_provider="passphrase",
                project_settings=auto.ProjectSettings(
                    name="provider",
                    runtime="python",
                    backend=auto.ProjectBackend(url=f"file://{self._folder / 'state'}"),
                ),
            ),
        )
