"""The language hosts: built once, and put where the engine looks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedded import builds
from embedded.disk_space import DiskNeeds
from embedded.progress import Report

LANGUAGE_HOSTS: Final = builds.GoBuild(
    name="pulumi-languages",
    version="1.32.0",
    module_directory=Path(__file__).resolve().parent / "program",
    package=".",
    ldflags="-s -w",
    # The binary as measured. The rest is estimated: a cold build with Go 1.26.8, cut off before its end, had taken 341,
    # 599 and 332 MB.
    space=DiskNeeds(binary=50, build_cache=1200, modules=900, temporary=1200),
    optimised=False,
)
"""The version is that of the host for YAML, which is Pulumi's own; the others are stand-ins (see the program)."""

LANGUAGES: Final = ("yaml", "go", "nodejs", "java", "python")


def missing() -> str | None:
    """Why there are none on this machine, with the fix; None where there are or can be. Builds nothing."""
    return None if builds.cached(LANGUAGE_HOSTS) else builds.missing_go()


def provide_hosts(folder: Path, report: Report) -> None:
    """Puts a host of each language into a folder of the engine's PATH; builds them if need be. Raises `BuildError`."""
    program = builds.build(LANGUAGE_HOSTS, report)
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        link = folder / f"pulumi-language-{language}"
        link.unlink(missing_ok=True)
        link.symlink_to(program)
