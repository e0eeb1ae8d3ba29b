"""A copy of this checkout to run its commands in, as a user would, without touching the checkout's own state."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stacks.settings import PROJECT_FOLDER

COPIED = ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "dbaas_components", "stacks", "embedded")


@dataclass(frozen=True)
class Checkout:
    """A copied checkout and the environment that its commands run in."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts `dbaas` with these arguments."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        return subprocess.Popen(
            [sys.executable, "-c", "from dbaas_components.cli import main; main()", *arguments],
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(self.folder), "COLUMNS": "200", **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, timeout: float = 300, **environment: str) -> tuple[int, str]:
        """Runs `dbaas` to its end: exit code and everything it printed."""
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=timeout)
        return process.returncode, output

    def change(self, stack: str, **config: Any) -> None:
        """Replaces keys of the stack's configuration."""
        path = self.folder / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(path.read_text()) if path.exists() else {"config": {}}
        content["config"].update({f"dbaas:{key}": value for key, value in config.items()})
        path.write_text(yaml.safe_dump(content, sort_keys=False))


def copy_checkout(folder: Path, definitions: Path | None) -> Checkout:
    """Copies what the commands need to `folder`."""
    folder.mkdir(parents=True)
    for name in COPIED:
        source = PROJECT_FOLDER / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return Checkout(folder, {"DBAAS_CRDS": str(definitions)} if definitions else {})
