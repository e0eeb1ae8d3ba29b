"""The Go toolchain on PATH: is it there, is it new enough, where does it keep its caches."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MINIMUM = (1, 26)
INSTALL = "install Go from https://go.dev/dl/ and put its bin folder on PATH"


class BuildError(Exception):
    """A program of ours could not be built. The message says what is missing or went wrong, and the fix."""


class GoMissing(BuildError):
    """There is no usable Go on PATH."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A Go toolchain: its command, its version (`go1.26.8`), its target and its cache folders."""

    command: str
    version: str
    system: str
    architecture: str
    build_cache: Path
    module_cache: Path


def environment(current: Mapping[str, str]) -> dict[str, str]:
    """The environment of our builds: the user's, without what would make the result depend on the user.

    Proxy settings and cache folders stay the user's. Cgo is off, so that no C compiler is needed; a target set for
    cross-compilation, a workspace file around us or flags meant for other projects would build something else.
    """
    kept = {name: value for name, value in current.items() if name not in {"GOOS", "GOARCH", "GOEXPERIMENT"}}
    return kept | {"GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}


def find_toolchain(search_path: str | None = None) -> Toolchain:
    """The Go on PATH, or on `search_path`.

    Raises `GoMissing` where there is none, where it does not answer, or where it is older than 1.26.
    """
    wanted = ".".join(map(str, MINIMUM))
    command = shutil.which("go", path=search_path)
    if command is None:
        raise GoMissing(f"go is not on PATH; Go {wanted} or newer is needed: {INSTALL}")
    names = ["GOVERSION", "GOOS", "GOARCH", "GOCACHE", "GOMODCACHE"]
    # GOTOOLCHAIN=local: the question is what is installed, not what Go would download for a newer module.
    asked = subprocess.run(
        [command, "env", "-json", *names],
        capture_output=True,
        text=True,
        check=False,
        env=environment(os.environ) | {"GOTOOLCHAIN": "local"},
    )
    if asked.returncode != 0:
        raise GoMissing(f"{command} does not work: {asked.stderr.strip()[-300:]}; {INSTALL}")
    answer = json.loads(asked.stdout)
    version = answer["GOVERSION"]
    if not is_new_enough(version):
        raise GoMissing(f"{command} is {version}; Go {wanted} or newer is needed: {INSTALL}")
    return Toolchain(
        command, version, answer["GOOS"], answer["GOARCH"], Path(answer["GOCACHE"]), Path(answer["GOMODCACHE"])
    )


def is_new_enough(version: str) -> bool:
    """Whether a version as Go prints it (`go1.26.8`, `devel go1.27-3f4a`) is at least 1.26."""
    found = re.search(r"go(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= MINIMUM
