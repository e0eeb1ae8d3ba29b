"""Measures the lag of a MongoDB site, by asking each of its members how far it is behind the primary."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dbaas_components.dr.agent.member_lag import member_lag, site_lag
from dbaas_components.dr.agent.probe import Probe
from dbaas_components.errors import Problem, SpecError


class MemberSource(BaseModel):
    """Where a site's members are, and who may ask them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replica_sets: dict[str, list[str]] = Field(min_length=1)
    """By replica set every pod of this site that holds data; the site is as far behind as the worst of them."""
    port: int = 27_017
    user_file: Path
    """Mounted from a Secret, as the other files are; read for each measurement, so that a change is found."""
    password_file: Path
    authority_file: Path
    """The authority that signed the members' certificates; nothing is asked without TLS."""
    certificate_file: Path
    """A certificate of the same authority, which the members ask of whoever connects."""
    key_file: Path
    scratch: Path
    """Folder in memory: MongoDB's client wants certificate and key in one file."""
    verify_hosts: bool = True
    """Whether the certificate has to bear the member's name. Members that share the primary's bear its names alone."""
    timeout_milliseconds: int = 5_000
    every_seconds: float = Field(default=5.0, ge=1)


Ask = Callable[[MemberSource, str], "Mapping[str, Any]"]
"""Asks one member for `replSetGetStatus`. Raises `OSError` or the client's error where it does not answer."""


class MemberProbe(Probe):
    """The lag of a site of MongoDB."""

    def __init__(self, source: MemberSource, ask: Ask | None = None) -> None:
        """Raises `SpecError` where the client for MongoDB is not installed."""
        super().__init__(source.every_seconds)
        self._source = source
        self._ask = ask or _mongodb()

    def measure(self) -> str:
        worst, told = 0.0, ""
        for name, hosts in self._source.replica_sets.items():
            problems: list[str] = []
            lag = site_lag([self._lag_of(host, problems) for host in hosts])
            if lag is None:
                return f"too few of the {len(hosts)} members of {name} tell their lag ({', '.join(problems)})"
            if lag >= worst:
                worst, told = lag, f"replica set {name}, {len(hosts) - len(problems)} of {len(hosts)} members told"
        return self.found(worst, told, "members")

    def _lag_of(self, host: str, problems: list[str]) -> float | None:
        try:
            status = self._ask(self._source, host)
        # The client's errors derive from Exception alone, and no failure to measure may end the agent.
        except Exception as error:  # noqa: BLE001
            problems.append(f"{host}: {type(error).__name__}")
            return None
        lag = member_lag(status)
        if lag is None:
            problems.append(f"{host}: sees no primary")
        return lag


def _mongodb() -> Ask:
    try:
        library: Any = importlib.import_module("pymongo")
    except ModuleNotFoundError:
        message = "needs the package pymongo, which is not installed; pip install dbaas-components[mongodb]"
        raise SpecError("failover agent", [Problem("lag", message)]) from None

    def ask(source: MemberSource, host: str) -> Mapping[str, Any]:
        with tempfile.NamedTemporaryFile(dir=source.scratch, suffix=".pem") as joined:
            joined.write(source.certificate_file.read_bytes() + b"\n" + source.key_file.read_bytes())
            joined.flush()
            client: Any = library.MongoClient(
                host,
                source.port,
                directConnection=True,
                username=source.user_file.read_text(encoding="utf-8").rstrip("\n"),
                password=source.password_file.read_text(encoding="utf-8").rstrip("\n"),
                authSource="admin",
                tls=True,
                tlsCAFile=str(source.authority_file),
                tlsCertificateKeyFile=joined.name,
                tlsAllowInvalidHostnames=not source.verify_hosts,
                serverSelectionTimeoutMS=source.timeout_milliseconds,
                connectTimeoutMS=source.timeout_milliseconds,
                socketTimeoutMS=source.timeout_milliseconds,
                appname="dbaas-dr-agent",
            )
            with client:
                return client.admin.command("replSetGetStatus")

    return ask
