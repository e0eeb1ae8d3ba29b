"""The Pulumi engine: the user's own, else the SDK installer's, else built from the Go module registry."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pulumi.automation as auto
import semver
from pulumi._version import version as sdk_version

from embedded import builds
from embedded.parts.attempts import failed_lately, remember_failure
from embedded.parts.choice import Choice
from embedded.progress import Report

# The first engine that destroys and refreshes with an inline program (the Automation API asks for it).
OLDEST_ENGINE = semver.VersionInfo(3, 181, 0)
_DOWNLOAD = f"pulumi engine {sdk_version}"
_PART = "engine"


def find_engine() -> Choice:
    """The engine that would be used now, without getting or building anything."""
    notes: list[str] = []
    if on_path := shutil.which("pulumi"):
        version = _version(Path(on_path))
        if version is not None and version >= OLDEST_ENGINE:
            return Choice(_PART, "pulumi", str(version), "on PATH", True, Path(on_path))
        notes.append(f"{on_path} is {version or 'not runnable'}; at least {OLDEST_ENGINE} is needed, so it is not used")
    installed = _install_root() / "bin" / "pulumi"
    if (version := _version(installed)) is not None:
        return Choice(_PART, "pulumi", str(version), "the SDK's installer", True, installed, notes=tuple(notes))
    cached = builds.cached(builds.ENGINE)
    if cached is not None:
        origin = "built from the Go module registry"
        return Choice(_PART, "pulumi", builds.ENGINE.version, origin, True, cached, notes=tuple(notes))
    if not failed_lately(_DOWNLOAD):
        return Choice(
            _PART, "pulumi", str(sdk_version), "to be fetched by the SDK's installer", False, remedy="make up"
        )
    missing_go = builds.missing_go()
    origin = "to be built from the Go module registry"
    return Choice(
        _PART, "pulumi", builds.ENGINE.version, origin, False, remedy=missing_go or "make up", notes=tuple(notes)
    )


def provide_engine(report: Report) -> Choice:
    """The engine, fetched or built if it has to be. Raises `BuildError` where neither is possible."""
    choice = find_engine()
    if choice.ready:
        return choice
    if not failed_lately(_DOWNLOAD):
        try:
            with report.task(f"fetching the official Pulumi engine {sdk_version}"):
                auto.PulumiCommand.install(root=str(_install_root()))
            return find_engine()
        except Exception as error:  # noqa: BLE001 (whatever the installer's script fails with, building is the answer)
            remember_failure(_DOWNLOAD)
            report.line(f"the official engine could not be fetched ({_reason(error)}); building it instead")
    builds.build(builds.ENGINE, report)
    return find_engine()


def _install_root() -> Path:
    return Path.home() / ".pulumi" / "versions" / str(sdk_version)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.output or b"").decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"its installer exited with {error.returncode}"
    return str(error)


def _version(binary: Path) -> semver.VersionInfo | None:
    """The engine's version, or None if it does not run."""
    if not binary.is_file():
        return None
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(binary), "version"], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        return semver.VersionInfo.parse(answer.stdout.strip().removeprefix("v"))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
