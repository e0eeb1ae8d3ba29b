"""One Vault server of this machine: built, started with a configuration, stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embedded import builds
from embedded.disk_space import DiskNeeds
from embedded.operators.running import RunningOperator, launch
from embedded.progress import Report, Silence

VAULT: Final = builds.GoBuild(
    name="vault-server",
    version="1.21.0",
    module_directory=Path(__file__).resolve().parent / "program",
    package=".",
    ldflags="-s -w",
    # Measured on a cold build with Go 1.26.8, rounded up.
    space=DiskNeeds(binary=150, build_cache=1900, modules=1900, temporary=1800),
    # Without it every secrets engine and login method of every cloud is built in.
    tags="minimal",
    optimised=False,
)
"""Vault's server of that version. OpenBao, which branched off before, is not to be had as a Go module."""

# All that it needs of our environment; it must not carry our secrets.
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT", "GOGC")


@dataclass(frozen=True, slots=True)
class VaultServer:
    """A server by its configuration, whose addresses have to be on loopback."""

    name: str
    configuration: str
    """JSON or HCL, as Vault reads it."""
    directory: Path
    """Where its configuration and its log are."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further variables, such as `VAULT_API_ADDR`."""

    @staticmethod
    def missing() -> str | None:
        """Why it cannot run on this machine, with the fix; None where it can. Builds nothing."""
        return None if builds.cached(VAULT) else builds.missing_go()

    def start(self, report: Report | None = None) -> RunningOperator:
        """Starts it and returns when it listens, sealed or not; it ends with this process.

        Raises `OperatorError` with the log's last words, or `BuildError` where it cannot be built.
        """
        report = report or Silence()
        program = builds.build(VAULT, report)
        self.directory.mkdir(parents=True, exist_ok=True)
        file = self.directory / f"{self.name}.json"
        file.write_text(self.configuration)
        # It may hold where a key is; nobody else needs to know.
        file.chmod(0o600)
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return launch(
            self.name,
            [str(program), str(file)],
            {**passed, "SKIP_SETCAP": "true", **self.environment},
            self.directory / f"{self.name}.log",
            report,
            kind="Vault server",
            ready="Vault server started!",
        )
