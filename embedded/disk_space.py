"""Is there room for a build? Asked before, because a full disk half-way costs minutes and names no remedy."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from embedded.go_toolchain import BuildError, Toolchain


@dataclass(frozen=True, slots=True)
class DiskNeeds:
    """What a build from nothing takes, in megabytes (10^6 bytes), by the folder it takes it in."""

    binary: int
    build_cache: int
    modules: int
    temporary: int


def require_space(name: str, needs: DiskNeeds, *, binary: Path, toolchain: Toolchain) -> None:
    """Raises `BuildError` unless every disk that the build writes to has room for its share."""
    shares = (
        (binary, needs.binary),
        (toolchain.build_cache, needs.build_cache),
        (toolchain.module_cache, needs.modules),
        (Path(os.environ.get("GOTMPDIR") or tempfile.gettempdir()), needs.temporary),
    )
    wanted: dict[int, int] = defaultdict(int)
    places: dict[int, list[Path]] = defaultdict(list)
    for place, megabytes in shares:
        existing = next(folder for folder in (place, *place.parents) if folder.exists())
        device = existing.stat().st_dev
        wanted[device] += megabytes
        places[device].append(existing)
    for device, megabytes in wanted.items():
        free = shutil.disk_usage(places[device][0]).free // 1_000_000
        if free < megabytes:
            folders = ", ".join(dict.fromkeys(map(str, places[device])))
            raise BuildError(
                f"building {name} needs {megabytes:,} MB of disk space and {free:,} MB are available for {folders};"
                " free some, or set XDG_CACHE_HOME, GOCACHE, GOMODCACHE or TMPDIR to folders on a larger disk"
            )
