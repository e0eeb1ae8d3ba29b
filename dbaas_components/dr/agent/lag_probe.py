"""Measures the lag of a MySQL site by SQL."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dbaas_components.dr.agent.channel_lag import QUERY, channel_lag
from dbaas_components.dr.agent.probe import Probe
from dbaas_components.errors import Problem, SpecError

_TIMEOUT: Final = 5


class LagSource(BaseModel):
    """Where a site's servers are, and who may ask them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: list[str] = Field(min_length=1)
    """Every pod of the database: one of them has the channel."""
    port: int = 3306
    channel: str
    user: str = "monitor"
    password_file: Path
    """Mounted from a Secret; read for each measurement, so that a changed password is found."""
    authority_file: Path
    """The authority that signed the servers' certificates; nothing is asked without TLS."""
    every_seconds: float = Field(default=5.0, ge=1)


Ask = Callable[[LagSource, str], "Mapping[str, Any] | None"]
"""Asks one host; None where it has no such channel. Raises `OSError` or the client's error where it does not answer."""


class LagProbe(Probe):
    """The lag of a site of MySQL."""

    def __init__(self, source: LagSource, ask: Ask | None = None) -> None:
        """Raises `SpecError` where the client for MySQL is not installed."""
        super().__init__(source.every_seconds)
        self._source = source
        self._ask = ask or _mysql()

    def measure(self) -> str:
        problems: list[str] = []
        for host in self._source.hosts:
            try:
                row = self._ask(self._source, host)
            # The client's errors derive from Exception alone, and no failure to measure may end the agent.
            except Exception as error:  # noqa: BLE001
                problems.append(f"{host}: {type(error).__name__}")
                continue
            if row is None:
                continue
            found = channel_lag(row)
            if found is None:
                return f"channel {self._source.channel} of {host} does not run, so that its lag is not known"
            words = f"channel {self._source.channel} of {host}, {found.transactions} transactions to apply"
            return self.found(found.seconds, words, "sql")
        return f"no server has channel {self._source.channel} ({', '.join(problems) or 'all answered'})"


def _mysql() -> Ask:
    try:
        client: Any = importlib.import_module("pymysql")
        cursors: Any = importlib.import_module("pymysql.cursors")
    except ModuleNotFoundError:
        message = "needs the package PyMySQL, which is not installed; pip install dbaas-components[mysql]"
        raise SpecError("failover agent", [Problem("lag", message)]) from None

    def ask(source: LagSource, host: str) -> Mapping[str, Any] | None:
        connection = client.connect(
            host=host,
            port=source.port,
            user=source.user,
            password=source.password_file.read_text(encoding="utf-8").rstrip("\n"),
            ssl_ca=str(source.authority_file),
            ssl_verify_cert=True,
            connect_timeout=_TIMEOUT,
            read_timeout=_TIMEOUT,
            write_timeout=_TIMEOUT,
            cursorclass=cursors.DictCursor,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(QUERY, (source.channel,))
            return cursor.fetchone()

    return ask
