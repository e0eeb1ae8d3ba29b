"""The server itself: parameters, extensions, audit, failover."""

from __future__ import annotations

from typing import Final

from dbaas_components.databases.custom_resources import pg as cr
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.part import duration_of

# Logins, and what changes data, structure or rights; reading is left out, which would bury the rest.
AUDIT: Final = {"pgaudit.log": "ddl,role,write", "log_connections": "on", "log_disconnections": "on"}
ARCHIVE_TIMEOUT: Final = "archive_timeout"


def patroni(spec: DatabaseSpec) -> cr.Patroni | None:
    """Failover, and the parameters: Patroni is who hands them to PostgreSQL."""
    settings, found = spec.patroni, parameters(spec)
    dynamic = cr.DynamicConfiguration(
        synchronous_mode=spec.replication.synchronous or None,
        maximum_lag_on_failover=settings.maximum_lag_bytes,
        # Not in `spec.config.parameters`: PG operator 3.0.0 has that field and reads it nowhere.
        postgresql=cr.PostgresqlConfiguration(parameters=found) if found else None,
    )
    result = cr.Patroni(
        leader_lease_duration_seconds=settings.leader_lease_seconds,
        sync_period_seconds=settings.sync_period_seconds,
        dynamic_configuration=dynamic if dynamic.says_something() else None,
    )
    return result if result.says_something() else None


def parameters(spec: DatabaseSpec) -> dict[str, int | str]:
    """All parameters of the server; what was given by name goes before what follows from other fields."""
    found: dict[str, int | str] = dict(AUDIT) if spec.audit else {}
    interval = archive_interval(spec)
    if interval is not None:
        found[ARCHIVE_TIMEOUT] = f"{interval}s"
    for name, value in spec.parameters.items():
        found[name] = _in_words(value)
    return found


def archive_interval(spec: DatabaseSpec) -> int | None:
    """Seconds after which an idle log is shipped too, where the owner or the objective says so."""
    if spec.backup.pitr and spec.backup.pitr.interval:
        return int(duration_of(spec.backup.pitr.interval).total_seconds())
    if spec.slo:
        # The operator's own minute stays where it is soon enough.
        seconds = int(duration_of(spec.slo.rpo).total_seconds())
        return seconds if seconds < 60 else None
    return None


def _in_words(value: str | int | float | bool) -> int | str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, float) else value


def extensions(spec: DatabaseSpec) -> cr.Extensions | None:
    """Extensions that are asked for. The others keep the operator's own value."""
    wanted = {*spec.extensions, *(("pgaudit",) if spec.audit else ())}
    if not wanted:
        return None
    return cr.Extensions(builtin=cr.BuiltinExtensions(**dict.fromkeys(sorted(wanted), True)))
