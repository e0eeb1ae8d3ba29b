"""Where the programs of a control plane come from: the user's own, else built."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded import builds

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager")
_VARIABLE = "KUBEBUILDER_ASSETS"


@dataclass(frozen=True, slots=True)
class Assets:
    """Which programs a control plane would run.

    `folder` holds the user's own three programs; None means the program of ours, `ready` if it is built already.
    `remedy` says what to mend where it neither is there nor can be built. `notes` say why something was not used.
    """

    version: str
    origin: str
    ready: bool
    folder: Path | None = None
    remedy: str | None = None
    notes: tuple[str, ...] = ()


def choose_assets(environment: Mapping[str, str] = os.environ) -> Assets:
    """The programs that a control plane would run now; builds and starts nothing."""
    notes: tuple[str, ...] = ()
    if given := environment.get(_VARIABLE):
        folder = Path(given).expanduser().absolute()
        refused = _refusal(folder)
        if refused is None:
            return Assets(_version(folder / "kube-apiserver"), _VARIABLE, True, folder)
        notes = (f"{_VARIABLE}={given} is not used: {refused}",)
    if builds.cached(builds.CONTROL_PLANE):
        return Assets(f"v{builds.CONTROL_PLANE.version}", "built from the Go module registry", True, notes=notes)
    origin = "to be built from the Go module registry"
    return Assets(f"v{builds.CONTROL_PLANE.version}", origin, False, remedy=builds.missing_go(), notes=notes)


def _refusal(folder: Path) -> str | None:
    missing = [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing == ["kube-controller-manager"]:
        return "kube-controller-manager is not in it, and without that no deleted namespace would ever go away"
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not in it" if missing else None


def _version(program: Path) -> str:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return said.strip().removeprefix("Kubernetes ") or "unknown"
