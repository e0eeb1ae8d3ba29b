"""The Kubernetes provider plugin: the official one, installed or fetched, else the stand-in for bare machines."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from embedded.parts.attempts import failed_lately, remember_failure
from embedded.parts.choice import Choice
from embedded.progress import Report
from embedded.provider.launcher import write_launcher

PLUGIN = "pulumi-resource-kubernetes"
STAND_IN = "stand-in provider"
_PART = "provider"


def find_provider(local_folder: Path) -> Choice:
    """The provider that would be used now, without fetching anything."""
    wanted = version("pulumi-kubernetes")
    if on_path := shutil.which(PLUGIN):
        return Choice(_PART, PLUGIN, wanted, "on PATH", True, Path(on_path))
    installed = _plugin_folder() / f"resource-kubernetes-v{wanted}" / PLUGIN
    if installed.is_file():
        return Choice(_PART, PLUGIN, wanted, "installed plugin", True, installed)
    if failed_lately(_download(wanted)):
        notes = ("for this machine only: Helm releases are refused, readiness of pods is not awaited",)
        return Choice(
            _PART, "stand-in provider", wanted, "embedded/provider", True, _launcher_folder(local_folder), notes=notes
        )
    return Choice(_PART, PLUGIN, wanted, "to be fetched from the official download", False, remedy="make up")


def provide_provider(local_folder: Path, engine: Path, report: Report) -> Choice:
    """The provider, fetched with `engine` if need be; the stand-in where that fails."""
    choice = find_provider(local_folder)
    wanted = choice.version
    if not choice.ready:
        command = [str(engine), "plugin", "install", "resource", "kubernetes", f"v{wanted}"]
        with report.task(f"fetching the official Kubernetes provider {wanted}"):
            answer = subprocess.run(
                command,
                env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if answer.returncode != 0:
            remember_failure(_download(wanted))
            report.line("the official Kubernetes provider could not be fetched; using the stand-in on this machine")
        choice = find_provider(local_folder)
    if choice.location == _launcher_folder(local_folder):
        write_launcher(_launcher_folder(local_folder))
    return choice


def _download(wanted: str) -> str:
    return f"pulumi-kubernetes {wanted}"


def _plugin_folder() -> Path:
    home = os.environ.get("PULUMI_HOME")
    return (Path(home) if home else Path.home() / ".pulumi") / "plugins"


def _launcher_folder(local_folder: Path) -> Path:
    # In the checkout and not in the user's cache: the launcher starts this checkout's provider.
    return local_folder / "stand-in-provider"
