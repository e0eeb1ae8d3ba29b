"""rclone on this machine, of the version that is pinned for pods."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dbaas_components.versions.tools import RCLONE_IMAGE
from embedded.builds import GoBuild
from embedded.disk_space import DiskNeeds

_VERSION: Final = RCLONE_IMAGE.rpartition(":")[2]

RCLONE: Final = GoBuild(
    name="rclone",
    version=_VERSION,
    module_directory=Path(__file__).resolve().parent / "program",
    package=".",
    ldflags=f"-s -w -X github.com/rclone/rclone/fs.Version=v{_VERSION}",
    # Measured on a cold build with Go 1.26.8, rounded up.
    space=DiskNeeds(binary=50, build_cache=350, modules=700, temporary=400),
    optimised=False,
)
"""rclone with S3 and files. It speaks to whatever address it is told; tests tell it loopback only."""
