"""The objects of Autopilot and STORK. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.portworx import custom_resources as cr
from dbaas_components.bootstrap.portworx.claims import claim_labels, claim_names
from dbaas_components.bootstrap.portworx.spec import (
    ApplicationBackup,
    Growth,
    Migration,
    PortworxSpec,
    Schedule,
    Snapshots,
)
from dbaas_components.databases.custom_resources.common import LabelSelector
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.labels import DOMAIN, OWNER, TENANT

WHAT_IT_IS: Final = f"{DOMAIN}/what-it-is"
"""Annotation: what an object is good for, in words."""
CONSISTENCY: Final = f"{DOMAIN}/consistency"
"""Label of what is taken while a database runs; its only value is `crash`."""
SNAPSHOT_WORDS: Final = "crash-consistent snapshot of one volume, no backup: the engine's own backups are what restores"
COPY_WORDS: Final = (
    "crash-consistent copy of a namespace, no backup of its databases: never restore it beside an operator"
)
MIGRATION_WORDS: Final = "copy of a namespace without databases in another Kubernetes cluster, not started there"
GROWTH_WORDS: Final = "Autopilot grows these volumes; the custom resource's size is only that of new ones"
_CRASH: Final = {CONSISTENCY: "crash"}
_RECLAIM: Final = {"keep": "Retain", "delete": "Delete"}
_RESIZE: Final = "openstorage.io.action.volume/resize"
_USED_PERCENT: Final = "100 * (px_volume_usage_bytes / px_volume_capacity_bytes)"
_NAMESPACE: Final = "kubernetes.io/metadata.name"


def objects(spec: PortworxSpec, databases: dict[str, DatabaseSpec]) -> dict[str, dict[str, Any]]:
    """All objects by their role; the schedules, on which others lean, first."""
    found = {f"schedule-{one.name}": schedule_policy(spec, one) for one in spec.schedules}
    for growth in spec.growth:
        found[f"growth-{growth.database}"] = growth_rule(spec, growth, databases[growth.database])
    for snapshots in spec.snapshots:
        for claim, manifest in snapshot_schedules(spec, snapshots, databases[snapshots.database]).items():
            found[f"snapshots-{snapshots.schedule}-{claim}"] = manifest
    found |= {f"application-backup-{one.name}": application_backup(spec, one) for one in spec.application_backups}
    return found | {f"migration-{one.name}": migration(spec, one) for one in spec.migrations}


def kitchen_clock(time: str) -> str:
    """`14:05` as Go's kitchen clock has it, `2:05PM`: STORK reads no other form."""
    hour, minute = time.split(":")
    return f"{int(hour) % 12 or 12}:{minute}{'AM' if int(hour) < 12 else 'PM'}"


def schedule_policy(spec: PortworxSpec, given: Schedule) -> dict[str, Any]:
    """The SchedulePolicy."""
    often, daily, weekly, monthly = given.often, given.daily, given.weekly, given.monthly
    policy = cr.Policy(
        interval=cr.Interval(interval_minutes=often.minutes, retain=often.keep) if often else None,
        daily=cr.Daily(time=kitchen_clock(daily.time), retain=daily.keep) if daily else None,
        weekly=cr.Weekly(time=kitchen_clock(weekly.time), retain=weekly.keep, day=weekly.day) if weekly else None,
        monthly=cr.Monthly(time=kitchen_clock(monthly.time), retain=monthly.keep, date=monthly.date)
        if monthly
        else None,
    )
    return cr.SchedulePolicy(metadata=_metadata(spec, given.name), policy=policy).manifest()


def growth_rule(spec: PortworxSpec, given: Growth, database: DatabaseSpec) -> dict[str, Any]:
    """The AutopilotRule for the data volumes of one database, and of no other of that name elsewhere."""
    return cr.AutopilotRule(
        metadata=_metadata(spec, f"{database.namespace}-{database.name}-growth", words=GROWTH_WORDS, owner=database),
        spec=cr.AutopilotSpec(
            selector=LabelSelector(match_labels=claim_labels(database)),
            namespace_selector=LabelSelector(match_labels={_NAMESPACE: database.namespace or ""}),
            conditions=cr.Conditions(
                expressions=[cr.Expression(key=_USED_PERCENT, operator="Gt", values=[str(given.usage_percent)])]
            ),
            actions=[
                cr.Action(name=_RESIZE, params={"scalepercentage": str(given.step_percent), "maxsize": given.max_size})
            ],
            poll_interval=_seconds(given.poll),
            actions_cool_down_period=_seconds(given.cool_down),
        ),
    ).manifest()


def snapshot_schedules(spec: PortworxSpec, given: Snapshots, database: DatabaseSpec) -> dict[str, dict[str, Any]]:
    """A VolumeSnapshotSchedule for each data volume of a database, by the name of its claim."""
    return {
        claim: cr.VolumeSnapshotSchedule(
            metadata=_metadata(
                spec,
                f"{claim}-{given.schedule}",
                namespace=database.namespace,
                words=SNAPSHOT_WORDS,
                owner=database,
                more={**_CRASH},
            ),
            spec=cr.SnapshotScheduleSpec(
                schedule_policy_name=given.schedule,
                reclaim_policy=_RECLAIM[given.after_deletion],  # pyright: ignore[reportArgumentType]
                suspend=False,
                template=cr.SnapshotTemplate(spec=cr.SnapshotSpec(persistent_volume_claim_name=claim)),
            ),
        ).manifest()
        for claim in claim_names(database)
    }


def application_backup(spec: PortworxSpec, given: ApplicationBackup) -> dict[str, Any]:
    """The ApplicationBackupSchedule."""
    fate: Any = _RECLAIM[given.after_deletion]
    template = cr.ApplicationBackupSpec(
        namespaces=list(given.namespaces), backup_location=given.location, reclaim_policy=fate
    )
    where = given.namespace or given.namespaces[0]
    return cr.ApplicationBackupSchedule(
        metadata=_metadata(spec, given.name, namespace=where, words=COPY_WORDS, more=_CRASH),
        spec=cr.ApplicationBackupScheduleSpec(
            schedule_policy_name=given.schedule,
            reclaim_policy=fate,
            suspend=False,
            template=cr.ApplicationBackupTemplate(spec=template),
        ),
    ).manifest()


def migration(spec: PortworxSpec, given: Migration) -> dict[str, Any]:
    """The MigrationSchedule. What arrives is not started: two sides that both run are what nobody wants."""
    template = cr.MigrationSpec(
        cluster_pair=given.cluster_pair,
        namespaces=list(given.namespaces),
        include_resources=True,
        include_volumes=True,
        start_applications=False,
    )
    where = given.namespace or given.namespaces[0]
    return cr.MigrationSchedule(
        metadata=_metadata(spec, given.name, namespace=where, words=MIGRATION_WORDS, more=_CRASH),
        spec=cr.MigrationScheduleSpec(
            schedule_policy_name=given.schedule, suspend=False, template=cr.MigrationTemplate(spec=template)
        ),
    ).manifest()


def _metadata(
    spec: PortworxSpec,
    name: str,
    *,
    namespace: str | None = None,
    words: str | None = None,
    owner: DatabaseSpec | None = None,
    more: dict[str, str] | None = None,
) -> cr.Metadata:
    labels = spec.ownership.labels(component="storage", instance=owner.name if owner else None)
    # What is taken of a database is paid by whom the database belongs to, as far as that is known.
    theirs = {TENANT: owner.tenant, OWNER: owner.owner} if owner else {}
    labels |= {key: value for key, value in theirs.items() if value}
    annotations = {WHAT_IT_IS: words} if words else None
    return cr.Metadata(name=name, namespace=namespace, labels={**labels, **(more or {})}, annotations=annotations)


def _seconds(duration: str) -> int:
    return int(duration_of(duration).total_seconds())
