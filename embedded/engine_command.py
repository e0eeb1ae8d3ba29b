"""Runs the engine so that Ctrl-C lets it finish the steps under way and write its state."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import pulumi.automation as auto
import semver
from pulumi.automation._cmd import CommandResult
from pulumi.automation.errors import create_command_error


class EngineCommand(auto.PulumiCommand):
    """The engine's command line, in a process group of its own.

    The SDK's own `run` leaves the engine in the terminal's group and gives up on it at Ctrl-C: the engine would go on
    behind the next prompt with its state locked. Here the first Ctrl-C asks it to stop after the steps under way, the
    second ends it at once.
    """

    def __init__(self, binary: Path, version: str, path_entries: list[Path], told: Callable[[str], None]) -> None:
        # The SDK's constructor would run `pulumi version` once more, which the choice of the engine has done.
        self.command = str(binary)
        self.version = semver.VersionInfo.parse(version)
        self._path_entries = path_entries
        self._told = told

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], None] | None = None,
        on_error: Callable[[str], None] | None = None,
    ) -> CommandResult:
        """Runs one engine command. Raises `CommandError` where it fails, `KeyboardInterrupt` once it was stopped."""
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=self._environment(additional_env),
            encoding="utf-8",
            start_new_session=True,
        )
        output, errors = _Collector(process.stdout, on_output), _Collector(process.stderr, on_error)
        interrupted = self._wait(process)
        result = CommandResult(stdout=output.text(), stderr=errors.text(), code=process.returncode)
        if interrupted:
            raise KeyboardInterrupt
        if result.code != 0:
            raise create_command_error(result)
        return result

    def _environment(self, additional: Mapping[str, str]) -> dict[str, str]:
        entries = [str(entry) for entry in (Path(self.command).parent, *self._path_entries)]
        path = os.pathsep.join([*entries, os.environ.get("PATH", "")])
        return {
            **os.environ,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **additional,
            "PATH": path,
            "PULUMI_AUTOMATION_API": "true",
        }

    def _wait(self, process: subprocess.Popen[str]) -> bool:
        """Waits until the engine has ended; whether it had to be asked to."""
        asked = 0
        while True:
            try:
                process.wait()
                return asked > 0
            except KeyboardInterrupt:
                asked += 1
                if asked == 1:
                    self._told("stopping after the steps under way; Ctrl-C again stops at once")
                    process.send_signal(signal.SIGINT)
                else:
                    os.killpg(process.pid, signal.SIGKILL)


class _Collector:
    """Reads one of the engine's streams to its end in a thread of its own, so that neither can fill up and block."""

    def __init__(self, stream: IO[str] | None, told: Callable[[str], None] | None) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream, told), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str] | None, told: Callable[[str], None] | None) -> None:
        if stream is None:
            return
        for line in stream:
            stripped = line.rstrip()
            self._lines.append(stripped)
            if told:
                told(stripped)
        stream.close()

    def text(self) -> str:
        # A process that the engine left behind may hold the pipe open; what the engine said has been read by then.
        self._thread.join(timeout=5)
        return "\n".join(self._lines)
