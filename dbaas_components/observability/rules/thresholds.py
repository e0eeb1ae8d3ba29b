"""From when on a database is told of: from its objectives and schedules, or as its owner says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, model_validator

from dbaas_components.databases.spec.part import Bytes, Duration, Part, duration_of
from dbaas_components.databases.spec.schedule_gap import longest_gap
from dbaas_components.errors import Problem, SpecError

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
# cert-manager's default, which the operators take too.
_CERTIFICATE: Final = 90 * _DAY


class AlertThresholds(Part):
    """From when on a database is told of. What is left out follows from the database's specification."""

    backup_age: Duration | None = None
    """Age of the newest good backup; default: the shortest schedule's longest gap and a quarter more, at least an hour
    more."""
    recovery_point_age: Duration | None = None
    """Age of the latest moment that can be restored; default: `slo.rpo`, else an hour."""
    restore_time: Duration | None = None
    """How long a restore may take; default: `slo.rto`, else four hours."""
    standby_lag: Bytes = "256Mi"
    """How far a standby may be behind (pg)."""
    replica_lag: Duration = "5m"
    """How far a replica may be behind (pxc, ps, psmdb), where exporters tell it."""
    volume_warning: Annotated[int, Field(ge=1, le=99)] = 15
    """Per cent of a volume that are left."""
    volume_critical: Annotated[int, Field(ge=1, le=99)] = 5
    """Per cent of a volume that are left when somebody is woken."""
    pause: Duration = "7d"
    """How long a database may be paused."""

    @model_validator(mode="after")
    def _warned_before_woken(self) -> AlertThresholds:
        if self.volume_warning <= self.volume_critical:
            message = (
                f"{self.volume_warning} per cent left is no more than the {self.volume_critical} of volume_critical, "
                "and nobody would be warned before somebody is woken; write more"
            )
            raise SpecError("thresholds", [Problem("volume_warning", message)])
        return self


def backup_age(spec: DatabaseSpec, given: AlertThresholds) -> int | None:
    """Seconds; None where no schedule makes a backup, so that none is expected."""
    if given.backup_age:
        return seconds(given.backup_age)
    gaps = [gap for one in spec.backup.schedules if one.enabled and (gap := longest_gap(one.cron)) is not None]
    if not gaps:
        return None
    gap = min(gaps)
    return int((gap + max(timedelta(hours=1), gap / 4)).total_seconds())


def recovery_point_age(spec: DatabaseSpec, given: AlertThresholds) -> int:
    """Seconds."""
    return seconds(given.recovery_point_age or (spec.slo.rpo if spec.slo else "1h"))


def restore_time(spec: DatabaseSpec, given: AlertThresholds) -> int:
    """Seconds."""
    return seconds(given.restore_time or (spec.slo.rto if spec.slo else "4h"))


def certificate_ages(spec: DatabaseSpec) -> tuple[int, int]:
    """Seconds before the end of a certificate: for a warning, and for somebody to be woken.

    A certificate is renewed in the last third of its life, so what has a sixth left was not.
    """
    lifetime = seconds(spec.tls.certificate_lifetime) if spec.tls.certificate_lifetime else _CERTIFICATE
    return lifetime // 6, lifetime // 30


def seconds(duration: str) -> int:
    """Whole seconds of a duration."""
    return int(duration_of(duration).total_seconds())


def in_words(amount: int) -> str:
    """Seconds in Prometheus' notation for people: `30h`, `7d`."""
    for unit, length in (("d", _DAY), ("h", _HOUR), ("m", 60)):
        if amount % length == 0 and amount >= length:
            return f"{amount // length}{unit}"
    return f"{amount}s"
