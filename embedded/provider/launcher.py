"""The executable by which the engine finds the stand-in on PATH."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

NAME = "pulumi-resource-kubernetes"


def write_launcher(directory: Path) -> Path:
    """Writes an executable `pulumi-resource-kubernetes` into the directory and gives its path.

    It runs this very interpreter on this very checkout, so it has to be written anew after either moves. An older
    launcher is replaced in one step: an engine that starts it meanwhile finds the one or the other.

    Raises `OSError` where the directory cannot be written.
    """
    project = Path(__file__).resolve().parents[2]
    script = f"""#!/bin/sh
# Stand-in Kubernetes provider for this machine only; written by embedded/provider/launcher.py.
PYTHONPATH={shlex.quote(str(project))}${{PYTHONPATH:+:$PYTHONPATH}}
export PYTHONPATH
exec {shlex.quote(sys.executable)} -m embedded.provider "$@"
"""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / NAME
    unfinished = directory / f".{NAME}.{os.getpid()}"
    unfinished.write_text(script, encoding="utf-8")
    unfinished.chmod(0o755)
    unfinished.replace(path)
    return path
