"""Programs of ours that are built from Go modules, once per version, into the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from embedded.build_process import run_go_build
from embedded.disk_space import DiskNeeds, require_space
from embedded.file_lock import exclusive
from embedded.go_toolchain import BuildError, GoMissing, Toolchain, environment, find_toolchain
from embedded.progress import Report, elapsed

__all__ = [
    "CONTROL_PLANE",
    "ENGINE",
    "BuildError",
    "GoBuild",
    "GoMissing",
    "build",
    "builds_folder",
    "cached",
    "missing_go",
]

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class GoBuild:
    """How a program of ours is built: from which module, which package, with which stamp, needing how much space.

    `version` has to appear in what `<program> version` prints: that is how a build is verified. A program that asks for
    another word than `version` says so in `version_argument`. `tags` are Go's build tags, separated by commas.
    `optimised` is false for what does little work each time it runs: compiling takes a third less processor time.
    """

    name: str
    version: str
    module_directory: Path
    package: str
    ldflags: str
    space: DiskNeeds
    version_argument: str = "version"
    tags: str = ""
    optimised: bool = True


_STAMP = "k8s.io/component-base/version"
# For every package: what is not shared with another build has to be compiled anyway.
_UNOPTIMISED = "-gcflags=all=-N -l"

ENGINE = GoBuild(
    name="pulumi",
    version="3.246.0",
    module_directory=_HERE / "engine",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=3.246.0",
    # Measured on cold builds with Go 1.26.8, rounded up: most of it is go's own cache and working folder.
    space=DiskNeeds(binary=150, build_cache=1700, modules=1450, temporary=1750),
)

# Without the stamp the server calls itself v0.0.0-master and kubectl refuses it as too old.
CONTROL_PLANE = GoBuild(
    name="control-plane",
    version="1.35.4",
    module_directory=_HERE / "control_plane" / "program",
    package=".",
    ldflags=(
        f"-s -w -X {_STAMP}.gitVersion=v1.35.4 -X {_STAMP}.gitMajor=1 -X {_STAMP}.gitMinor=35"
        f" -X {_STAMP}.gitTreeState=archive -X {_STAMP}.gitCommit=unknown"
    ),
    space=DiskNeeds(binary=150, build_cache=2900, modules=650, temporary=3000),
)


def builds_folder() -> Path:
    """Where finished builds are kept: `dbaas-components/builds` in the user's cache folder."""
    return platformdirs.user_cache_path("dbaas-components") / "builds"


def build(recipe: GoBuild, report: Report, *, folder: Path | None = None) -> Path:
    """The program of this recipe: the cached one, or one built now.

    A build takes 3 to 5 minutes on two cores and tells `report` how it goes. Two processes that want the same program
    build it once: the second waits. A build that is interrupted or fails leaves nothing that counts as a program.
    Without Go, a program built from the same sources by any Go version is used.

    Raises `BuildError` (`GoMissing` where Go is absent or too old); its message says the fix.
    """
    folder = folder or builds_folder()
    try:
        toolchain = find_toolchain()
    except GoMissing:
        found = cached(recipe, folder=folder)
        if found is None:
            raise
        return found
    home = folder / _folder_name(recipe, toolchain)
    if _is_complete(home, recipe):
        return home / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(
        folder / f"{recipe.name}.lock", report, f"another process is building {recipe.name}; waiting for it"
    ):
        if not _is_complete(home, recipe):
            _build_now(recipe, toolchain, home, report)
    return home / recipe.name


def cached(recipe: GoBuild, *, folder: Path | None = None) -> Path | None:
    """The newest finished build of exactly these sources, whatever Go version made it; None if there is none."""
    sources = source_key(recipe)
    homes = (folder or builds_folder()).glob(f"{recipe.name}-{recipe.version}-*")
    finished = [home for home in homes if _is_complete(home, recipe) and _facts(home).get("sources") == sources]
    newest = max(finished, key=lambda home: home.stat().st_mtime, default=None)
    return newest / recipe.name if newest else None


def missing_go() -> str | None:
    """Why nothing can be built here, with the fix; None where a Go that is new enough is on PATH."""
    try:
        find_toolchain()
    except GoMissing as error:
        return str(error)
    return None


def source_key(recipe: GoBuild) -> str:
    """A hash over all that decides what is built, except the Go version: files, flags, operating system, processor."""
    digest = hashlib.sha256()
    files = [path for path in recipe.module_directory.iterdir() if path.name in {"go.mod", "go.sum"} or _is_go(path)]
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    # Without more as it always was: a build that is there already still counts.
    more = [*([recipe.tags] if recipe.tags else []), *([] if recipe.optimised else [_UNOPTIMISED])]
    digest.update("\n".join([recipe.package, recipe.ldflags, platform.system(), platform.machine(), *more]).encode())
    return digest.hexdigest()


def _is_go(path: Path) -> bool:
    return path.suffix == ".go" and not path.name.endswith("_test.go")


def _folder_name(recipe: GoBuild, toolchain: Toolchain) -> str:
    whole = f"{source_key(recipe)} {toolchain.version} {toolchain.system}/{toolchain.architecture}"
    return f"{recipe.name}-{recipe.version}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"


def _facts(home: Path) -> dict[str, object]:
    try:
        facts = json.loads((home / "build.json").read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _is_complete(home: Path, recipe: GoBuild) -> bool:
    # The folder is renamed into place when done. The size catches what a power cut can still do to a renamed file.
    program = home / recipe.name
    return os.access(program, os.X_OK) and program.stat().st_size == _facts(home).get("size")


def _build_now(recipe: GoBuild, toolchain: Toolchain, home: Path, report: Report) -> None:
    folder = home.parent
    for leftover in folder.glob(f".{recipe.name}-*.unfinished"):
        shutil.rmtree(leftover, ignore_errors=True)
    require_space(recipe.name, recipe.space, binary=folder, toolchain=toolchain)
    unfinished = folder / f".{home.name}.unfinished"
    unfinished.mkdir()
    program = unfinished / recipe.name
    command = [toolchain.command, "build", "-trimpath", "-buildvcs=false", "-v", "-ldflags", recipe.ldflags]
    command += [] if recipe.optimised else [_UNOPTIMISED]
    command += [*(["-tags", recipe.tags] if recipe.tags else []), "-o", str(program), recipe.package]
    began = time.monotonic()
    try:
        with report.task(f"building {recipe.name} {recipe.version} (once, 3 to 5 minutes)") as task:
            run_go_build(
                command,
                cwd=recipe.module_directory,
                env=environment(os.environ),
                log=folder / f"{recipe.name}.log",
                task=task,
            )
        _verify(program, recipe)
        seconds = time.monotonic() - began
        facts = {
            "sources": source_key(recipe),
            "size": program.stat().st_size,
            "go": toolchain.version,
            "seconds": round(seconds),
            "command": command,
        }
        (unfinished / "build.json").write_text(json.dumps(facts, indent=2))
        if home.exists():
            shutil.rmtree(home)
        unfinished.rename(home)
    except OSError as error:
        raise BuildError(
            f"building {recipe.name} in {folder}: {error.strerror or error}; make room or access"
        ) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(unfinished)
    report.line(f"built {recipe.name} {recipe.version} in {elapsed(seconds)}: {home / recipe.name}")


def _verify(program: Path, recipe: GoBuild) -> None:
    ran = subprocess.run([program, recipe.version_argument], capture_output=True, text=True, check=False, timeout=60)
    if ran.returncode != 0 or not re.search(rf"(?<![\d.]){re.escape(recipe.version)}(?![\d.])", ran.stdout):
        said = (ran.stdout + ran.stderr).strip()[-300:]
        raise BuildError(
            f"{recipe.name} was built but `{recipe.name} {recipe.version_argument}` says {said!r}, not {recipe.version}"
        )
