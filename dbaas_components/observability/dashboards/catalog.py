"""The dashboards: fleet, database, backups, disaster recovery."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dbaas_components.observability.dashboards.panels import HALF, SELECTED, lines, new, number, rows

_BY: Final = "engine, namespace, database"
_NAMED: Final = "{{engine}} {{namespace}}/{{database}}"
_OK: Final = f'dbaas_backup_state{{{SELECTED}, state="succeeded"}} == 1'
_AGE: Final = (
    f"time() - max by ({_BY}) (dbaas_backup_completed_timestamp_seconds{{{SELECTED}}} and on ({_BY}, backup) {_OK})"
)
_POINT: Final = f"time() - max by ({_BY}) (dbaas_backup_latest_restorable_timestamp_seconds{{{SELECTED}}})"


def fleet() -> Dashboard:
    """All databases at a glance: how many, of what, in which state, whose."""
    return (
        new("Databases: fleet", "dbaas-fleet", "All databases: how many, in which state, whose.")
        .with_panel(number("Databases", f"count(dbaas_database_info{{{SELECTED}}})", "How many are chosen."))
        .with_panel(
            number(
                "In error",
                f'sum(dbaas_database_state{{{SELECTED}, state="error"}})',
                "What their operators call so; pg has no such state.",
                bad_from=1,
            )
        )
        .with_panel(number("Paused", f"sum(dbaas_database_paused{{{SELECTED}}})", "Asked to be paused."))
        .with_panel(
            number(
                "Alerts",
                f'count(ALERTS{{alertname=~"Database.*", alertstate="firing", {SELECTED}}})',
                "Alerts that fire now.",
                bad_from=1,
            )
        )
        .with_row(Row("State"))
        .with_panel(
            lines(
                "By state",
                [(f"sum by (state) (dbaas_database_state{{{SELECTED}}})", "{{state}}")],
                "Databases in each state, in common words.",
            )
        )
        .with_panel(
            lines(
                "Members that are missing",
                [
                    (
                        f"sum by ({_BY}) (dbaas_database_replicas_wanted{{{SELECTED}}})"
                        f" - sum by ({_BY}) (dbaas_database_replicas_ready{{{SELECTED}}}) > 0",
                        _NAMED,
                    )
                ],
                "How many members are not ready; nothing where all are.",
            )
        )
        .with_row(Row("Whose"))
        .with_panel(
            rows(
                "By owner",
                f"count by (tenant, owner, environment, cost_centre, engine) (dbaas_database_info{{{SELECTED}}})",
                "How many databases each owner has.",
            )
        )
        .with_panel(
            rows(
                "All",
                f"max by ({_BY}, version, operator_version, profile, owner) (dbaas_database_info{{{SELECTED}}})",
                "Each database with its version.",
            )
        )
        .with_panel(
            rows(
                "Firing alerts",
                f'ALERTS{{alertname=~"Database.*", alertstate="firing", {SELECTED}}}',
                "Each with its severity; its runbook has its name.",
            )
        )
    )


def database() -> Dashboard:
    """One database: members, proxies, volumes, conditions."""
    members = [
        (f"sum by ({_BY}, group) (dbaas_database_replicas_ready{{{SELECTED}}})", f"{_NAMED} {{{{group}}}} ready"),
        (f"sum by ({_BY}, group) (dbaas_database_replicas_wanted{{{SELECTED}}})", f"{_NAMED} {{{{group}}}} wanted"),
    ]
    proxies = [
        (f"sum by ({_BY}, proxy) (dbaas_database_proxies_ready{{{SELECTED}}})", f"{_NAMED} {{{{proxy}}}} ready"),
        (f"sum by ({_BY}, proxy) (dbaas_database_proxies_wanted{{{SELECTED}}})", f"{_NAMED} {{{{proxy}}}} wanted"),
    ]
    behind = (
        f"max by ({_BY}) (dbaas_database_generation{{{SELECTED}}})"
        f" - max by ({_BY}) (dbaas_database_observed_generation{{{SELECTED}}})"
    )
    # The kubelet knows no databases: the names of claims begin or go on with the database's.
    claims = 'namespace=~"$namespace", persistentvolumeclaim=~"(.*-)?($database)-.*"'
    left = f"kubelet_volume_stats_available_bytes{{{claims}}} / kubelet_volume_stats_capacity_bytes{{{claims}}}"
    certificates = 'exported_namespace=~"$namespace", name=~"($database)-.*"'
    return (
        new("Databases: one database", "dbaas-database", "Members, proxies, volumes and certificates of one database.")
        .with_panel(
            lines(
                "State",
                [(f"max by ({_BY}, state) (dbaas_database_state{{{SELECTED}}}) == 1", f"{_NAMED} {{{{state}}}}")],
                "The state that the operator tells.",
            )
        )
        .with_panel(lines("Members", members, "Members that are ready, and that there should be."))
        .with_panel(lines("Proxies", proxies, "Pods of the proxy; none is shown where none is ready."))
        .with_panel(lines("Changes not seen", [(behind, _NAMED)], "Changes that the operator has not looked at."))
        .with_panel(
            lines(
                "Volumes",
                [(left, "{{persistentvolumeclaim}}")],
                "Share of each volume that is left.",
                unit="percentunit",
            )
        )
        .with_panel(
            lines(
                "Certificates",
                [
                    (
                        "max by (exported_namespace, name)"
                        f" (certmanager_certificate_expiration_timestamp_seconds{{{certificates}}}) - time()",
                        "{{exported_namespace}}/{{name}}",
                    )
                ],
                "Time that each certificate has left.",
                unit="s",
            )
        )
        .with_panel(
            rows(
                "Conditions",
                f"max by ({_BY}, condition) (dbaas_database_condition{{{SELECTED}}})",
                "1 where a condition is true (ps, pg).",
            )
        )
    )


def backups() -> Dashboard:
    """Backups: how old, which failed, how far back the recovery point is."""
    return (
        new("Databases: backups", "dbaas-backups", "How old the newest good backups are, and which failed.")
        .with_panel(number("Oldest newest backup", f"max({_AGE})", "The worst of all databases.", unit="s"))
        .with_panel(
            number(
                "Without any good backup",
                f"count(dbaas_database_info{{{SELECTED}}} unless on ({_BY}) {_OK})",
                "Databases that have none.",
                bad_from=1,
            )
        )
        .with_panel(
            number(
                "Failed",
                f'count(dbaas_backup_state{{{SELECTED}, state="failed"}} == 1)',
                "Backup objects that failed and were not deleted yet.",
                bad_from=1,
            )
        )
        .with_panel(
            number(
                "Running",
                f'count(dbaas_backup_state{{{SELECTED}, state=~"pending|running"}} == 1)',
                "Backups that are being made.",
            )
        )
        .with_panel(lines("Age of the newest good backup", [(_AGE, _NAMED)], "By database.", unit="s"))
        .with_panel(lines("Age of the recovery point", [(_POINT, _NAMED)], "By database (pxc, psmdb, pg).", unit="s"))
        .with_panel(
            rows(
                "Failed",
                f'max by ({_BY}, backup, operator_state) (dbaas_backup_state{{{SELECTED}, state="failed"}} == 1)',
                "Each failed backup.",
                span=HALF,
            )
        )
        .with_panel(
            rows(
                "All",
                f"max by ({_BY}, backup, storage, type, size) (dbaas_backup_info{{{SELECTED}}})",
                "Each backup with where it is; its size where the operator tells it (psmdb).",
                span=HALF,
            )
        )
    )


def disaster_recovery() -> Dashboard:
    """Standbys and restores: what could take over, how far it is behind, what is being restored."""
    running = f'dbaas_restore_state{{{SELECTED}, state=~"pending|running"}} == 1'
    by_restore = f"{_BY}, restore"
    return (
        new(
            "Databases: disaster recovery",
            "dbaas-disaster-recovery",
            "Standbys, how far they are behind, and restores.",
        )
        .with_panel(number("Standbys", f"sum(dbaas_database_standby{{{SELECTED}}})", "Databases that follow another."))
        .with_panel(number("Restores under way", f"count({running})", "Restores that have not ended."))
        .with_panel(
            number(
                "Restores that failed",
                f'count(dbaas_restore_state{{{SELECTED}, state="failed"}} == 1)',
                "Restore objects that failed and were not deleted yet.",
                bad_from=1,
            )
        )
        .with_panel(number("Worst recovery point", f"max({_POINT})", "What would be lost at most now.", unit="s"))
        .with_panel(
            lines(
                "Behind",
                [(f"max by ({_BY}) (dbaas_database_standby_lag_bytes{{{SELECTED}}})", _NAMED)],
                "Bytes that each standby is behind (pg).",
                unit="bytes",
            )
        )
        .with_panel(
            lines(
                "Restores by duration",
                [
                    (
                        f"time() - max by ({by_restore}) (dbaas_restore_created_timestamp_seconds{{{SELECTED}}}"
                        f" and on ({by_restore}) {running})",
                        f"{_NAMED} {{{{restore}}}}",
                    )
                ],
                "How long each restore goes on.",
                unit="s",
            )
        )
        .with_panel(
            rows(
                "Channels",
                f"max by ({_BY}, channel) (dbaas_database_channel_source{{{SELECTED}}})",
                "1 where the database is a channel's source, 0 where it follows (pxc).",
                span=HALF,
            )
        )
        .with_panel(
            rows(
                "Restores",
                f"max by ({by_restore}, state) (dbaas_restore_state{{{SELECTED}}} == 1)",
                "Each restore with its state.",
                span=HALF,
            )
        )
    )


DASHBOARDS: Final[Mapping[str, Callable[[], Dashboard]]] = MappingProxyType(
    {"fleet": fleet, "database": database, "backups": backups, "disaster-recovery": disaster_recovery}
)
"""By name."""


def dashboard_json(name: str) -> str:
    """The dashboard as Grafana reads it. Raises `KeyError` for a name that is none."""
    return json.dumps(DASHBOARDS[name]().build(), cls=JSONEncoder, indent=1, sort_keys=True)


def queries(content: Mapping[str, Any]) -> list[str]:
    """Every query of a dashboard's panels."""
    found: list[str] = []
    for panel in content.get("panels", []):
        found += [target["expr"] for target in panel.get("targets", [])]
        found += queries(panel)
    return found
