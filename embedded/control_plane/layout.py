"""Where a control plane keeps its files, and how one is written so that no reader ever sees half of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one control plane. The Go program knows the same names (`program/directory.go`)."""

    directory: Path

    @property
    def lock(self) -> Path:
        """Held by the running program, for as long as its process lives."""
        return self.directory / "lock"

    @property
    def start_lock(self) -> Path:
        """Held by whoever starts, stops or forgets this control plane."""
        return self.directory / "start.lock"

    @property
    def ready(self) -> Path:
        """Written once the first start is complete: from then on etcd's data is somebody's."""
        return self.directory / "ready"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.directory / "kubeconfig"

    @property
    def log(self) -> Path:
        """What the running program prints."""
        return self.directory / "log" / "control-plane.log"

    @property
    def previous_log(self) -> Path:
        """What the program before this one printed."""
        return self.directory / "log" / "control-plane.previous.log"

    @property
    def pki(self) -> Path:
        """Certificates and keys."""
        return self.directory / "pki"

    @property
    def etcd(self) -> Path:
        """etcd's data."""
        return self.directory / "etcd"

    @property
    def run(self) -> Path:
        """What the next or the running program is configured with."""
        return self.directory / "run"

    @property
    def address(self) -> Path:
        """The program's pid and port; believed only while that pid holds the lock."""
        return self.run / "address.json"

    def create(self) -> None:
        """Makes the folders, readable by their owner alone."""
        for folder in (self.directory, self.log.parent, self.pki, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
