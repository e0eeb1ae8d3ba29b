"""The `kubectl` lines of the runbooks: those that an API server alone can answer are run, the others need pods."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import yaml

from tests.dr.harness import REGIONS
from tests.dr_faults.lane import Lane

PAGES = Path(__file__).parents[2] / "docs" / "runbooks" / "dr"
ANSWERED = ("get", "describe", "annotate", "patch", "apply")
"""What an API server does by itself."""
_SECONDS = 60.0


def lines(page: Path) -> list[str]:
    """Every `kubectl` line of a page, in its blocks and within its sentences."""
    text = page.read_text()
    blocks = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    sentences = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [one for one in (*blocks, *sentences) if one.startswith("kubectl ")]


def verb_of(line: str) -> str:
    """What it asks `kubectl` to do: the first word that is neither an option nor an option's value."""
    words = shlex.split(line)[1:]
    while words and words[0].startswith("-"):
        words = words[2:]
    return words[0] if words else ""


def answered(lane: Lane, line: str) -> subprocess.CompletedProcess[str]:
    """Runs a line as it stands there, with contexts `eu` and `us` and the lane's namespace in place of `shop`."""
    kubeconfig = lane.folder / "contexts.kubeconfig"
    _write_contexts(lane, kubeconfig)
    words = [lane.namespace if word == "shop" else word for word in shlex.split(line)]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(lane.folder / "kubectl")}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS)


def _write_contexts(lane: Lane, file: Path) -> None:
    found = {name: yaml.safe_load(lane.land.planes.running[name].kubeconfig.read_text()) for name in REGIONS}
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": one["clusters"][0]["cluster"]} for name, one in found.items()],
        "users": [{"name": name, "user": one["users"][0]["user"]} for name, one in found.items()],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in found],
    }
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(told))
