"""Stand-ins for the definitions of Autopilot and STORK, which come with Portworx and are not at hand.

Written by hand from the types of libopenstorage/autopilot-api and libopenstorage/stork, with the fields that this
library uses and the words that their code takes, so that a misspelt field or a wrong word is refused.
"""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 1}
_SWITCH: Final[dict[str, Any]] = {"type": "boolean"}
_TEXTS: Final[dict[str, Any]] = {"type": "array", "minItems": 1, "items": _TEXT}
_MAPPING: Final[dict[str, Any]] = {"type": "object", "additionalProperties": _TEXT}
_RECLAIM: Final[dict[str, Any]] = {"type": "string", "enum": ["Delete", "Retain"]}
# What time.Kitchen of Go parses.
_TIME: Final[dict[str, Any]] = {"type": "string", "pattern": "^(1[0-2]|[1-9]):[0-5][0-9](AM|PM|am|pm)$"}
_DAY: Final[dict[str, Any]] = {"type": "string", "pattern": "^(Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day$"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


_AUTOPILOT: Final = _object(
    ["selector", "conditions", "actions"],
    selector=_object([], matchLabels=_MAPPING),
    namespaceSelector=_object([], matchLabels=_MAPPING),
    conditions=_object(
        ["expressions"],
        expressions={
            "type": "array",
            "items": _object(
                ["key", "operator"],
                key=_TEXT,
                operator={"type": "string", "enum": ["In", "NotIn", "Gt", "GtEq", "Lt", "LtEq"]},
                values=_TEXTS,
            ),
        },
    ),
    actions={"type": "array", "items": _object(["name"], name=_TEXT, params=_MAPPING)},
    pollInterval=_COUNT,
    actionsCoolDownPeriod=_COUNT,
)
_POLICY: Final = _object(
    [],
    interval=_object(["intervalMinutes"], intervalMinutes=_COUNT, retain=_COUNT),
    daily=_object(["time"], time=_TIME, retain=_COUNT),
    weekly=_object(["time", "day"], time=_TIME, day=_DAY, retain=_COUNT),
    monthly=_object(["time", "date"], time=_TIME, date={**_COUNT, "maximum": 31}, retain=_COUNT),
)


def _scheduled(template: dict[str, Any]) -> dict[str, Any]:
    return _object(
        ["schedulePolicyName", "template"],
        schedulePolicyName=_TEXT,
        reclaimPolicy=_RECLAIM,
        suspend=_SWITCH,
        template=_object(["spec"], spec=template),
    )


_SNAPSHOT: Final = _object(["persistentVolumeClaimName"], persistentVolumeClaimName=_TEXT)
_BACKUP: Final = _object(
    ["namespaces", "backupLocation"], namespaces=_TEXTS, backupLocation=_TEXT, reclaimPolicy=_RECLAIM
)
_MIGRATION: Final = _object(
    ["clusterPair", "namespaces"],
    clusterPair=_TEXT,
    namespaces=_TEXTS,
    includeResources=_SWITCH,
    includeVolumes=_SWITCH,
    startApplications=_SWITCH,
)


def _definition(group: str, kind: str, plural: str, scope: str, **fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": "v1alpha1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": _object([*fields], **fields)},
                }
            ],
        },
    }


_STORK: Final = "stork.libopenstorage.org"
DEFINITIONS: Final[tuple[dict[str, Any], ...]] = (
    _definition("autopilot.libopenstorage.org", "AutopilotRule", "autopilotrules", "Cluster", spec=_AUTOPILOT),
    _definition(_STORK, "SchedulePolicy", "schedulepolicies", "Cluster", policy=_POLICY),
    _definition(_STORK, "VolumeSnapshotSchedule", "volumesnapshotschedules", "Namespaced", spec=_scheduled(_SNAPSHOT)),
    _definition(
        _STORK, "ApplicationBackupSchedule", "applicationbackupschedules", "Namespaced", spec=_scheduled(_BACKUP)
    ),
    _definition(_STORK, "MigrationSchedule", "migrationschedules", "Namespaced", spec=_scheduled(_MIGRATION)),
)
"""The definitions, without a status."""
