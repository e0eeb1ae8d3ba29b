"""The configuration with which kube-state-metrics makes our metrics out of the operators' custom resources.

Source of its format: kube-state-metrics 2.18.0, `pkg/customresourcestate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dbaas_components.observability.kinds import BACKUPS, DATABASES, RESTORES, Counts, DatabaseKind, JobKind, Path
from dbaas_components.observability.states import BACKUP_STATES, DATABASE_STATES, RESTORE_STATES, StateWords
from dbaas_components.observability.vocabulary import ALL_ENGINES, METRICS, OWNERSHIP, PREFIX

_NAME: Final = ("metadata", "name")
_CREATED: Final = ("metadata", "creationTimestamp")
# What an operator has not written yet is no error: told only to whoever asks for everything.
_QUIET: Final = 9


def custom_resource_state(engines: Sequence[str] = ALL_ENGINES) -> dict[str, Any]:
    """The whole configuration, for `--custom-resource-state-config`. Kinds that are not installed do no harm."""
    resources = [one for engine in engines for one in _resources(engine)]
    return {"kind": "CustomResourceStateMetrics", "spec": {"resources": resources}}


def reading_rules(engines: Sequence[str] = ALL_ENGINES) -> list[dict[str, Any]]:
    """Rules of the ClusterRole that kube-state-metrics needs for it: to list and watch, nothing else."""
    plurals: dict[str, list[str]] = {}
    for engine in engines:
        for table in (DATABASES, BACKUPS, RESTORES):
            plurals.setdefault(table[engine].group, []).append(table[engine].plural)
    watched = [
        {"apiGroups": [group], "resources": names, "verbs": ["list", "watch"]} for group, names in plurals.items()
    ]
    # It learns from their definitions which of these kinds there are.
    definitions = {
        "apiGroups": ["apiextensions.k8s.io"],
        "resources": ["customresourcedefinitions"],
        "verbs": ["list", "watch"],
    }
    return [definitions, *watched]


def _resources(engine: str) -> Iterator[dict[str, Any]]:
    yield _resource(engine, DATABASES[engine], _NAME, list(_database(engine, DATABASES[engine])))
    for what, kinds, states in (("backup", BACKUPS, BACKUP_STATES), ("restore", RESTORES, RESTORE_STATES)):
        kind = kinds[engine]
        yield _resource(engine, kind, kind.database, list(_job(what, kind, states[engine])), {what: list(_NAME)})


def _resource(
    engine: str,
    kind: DatabaseKind | JobKind,
    database: Path,
    metrics: list[dict[str, Any]],
    labels: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    return {
        "groupVersionKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "metricNamePrefix": PREFIX,
        "errorLogV": _QUIET,
        "commonLabels": {"engine": engine},
        "labelsFromPath": {
            "namespace": ["metadata", "namespace"],
            "database": list(database),
            **(labels or {}),
            **{name: ["metadata", "labels", label] for name, label in OWNERSHIP.items()},
        },
        "metrics": metrics,
    }


def _database(engine: str, kind: DatabaseKind) -> Iterator[dict[str, Any]]:
    yield _info(
        "database_info",
        {
            "version": ("metadata", "labels", "app.kubernetes.io/version"),
            "operator_version": ("spec", "crVersion"),
            "host": ("status", "host"),
        },
    )
    yield _gauge("database_created_timestamp_seconds", _CREATED)
    yield from _states("database_state", DATABASE_STATES[engine])
    yield _gauge("database_paused", ("spec", "pause"), absent_is_zero=True)
    yield _counts("database_replicas_wanted", kind.wanted)
    yield _counts("database_replicas_ready", kind.ready, absent_is_zero=True)
    for proxy in kind.proxies:
        label = {"proxy": proxy[-1]}
        yield _gauge("database_proxies_wanted", (*proxy, "size"), common=label)
        yield _gauge("database_proxies_ready", (*proxy, "ready"), common=label)
    yield _gauge("database_generation", ("metadata", "generation"))
    if kind.observed:
        yield _gauge("database_observed_generation", ("status", "observedGeneration"))
    if kind.conditions:
        yield _gauge("database_condition", ("status", "conditions"), value="status", labels={"condition": ("type",)})
    if kind.standby:
        yield _gauge("database_standby", kind.standby, absent_is_zero=True)
    if kind.standby_lag:
        yield _gauge("database_standby_lag_bytes", kind.standby_lag)
    if kind.channels:
        yield _gauge("database_channel_source", kind.channels, value="isSource", labels={"channel": ("name",)})


def _job(what: str, kind: JobKind, states: StateWords) -> Iterator[dict[str, Any]]:
    destination = {"destination": ("status", "destination")} if what == "backup" else {}
    yield _info(f"{what}_info", {**kind.labels, **destination})
    yield _gauge(f"{what}_created_timestamp_seconds", _CREATED)
    yield from _states(f"{what}_state", states)
    yield _gauge(f"{what}_completed_timestamp_seconds", ("status", "completed"))
    if kind.restorable:
        yield _gauge(f"{what}_latest_restorable_timestamp_seconds", kind.restorable)


def _states(name: str, states: StateWords) -> Iterator[dict[str, Any]]:
    """One set for each common state, which holds the operator's words for it.

    Each has a help text of its own. kube-state-metrics 2.18.0 takes a header that follows an equal one out of its list
    and then writes only as many metrics as headers are left: the last ones of the object would never be seen.
    """
    for state, words in states.items():
        each = {"path": ["status"], "valueFrom": ["state"], "labelName": "operator_state", "list": list(words)}
        metric = _metric(name, "StateSet", {"stateSet": each}, {"state": state})
        yield {**metric, "help": f"{metric['help']} Here: {state}."}


def _counts(name: str, counts: Counts, *, absent_is_zero: bool = False) -> dict[str, Any]:
    return _gauge(
        name,
        counts.path,
        value=counts.value,
        labels={"group": counts.group} if counts.group else {},
        key="group" if counts.keyed else None,
        absent_is_zero=absent_is_zero,
    )


def _info(name: str, labels: Mapping[str, Path]) -> dict[str, Any]:
    # The object's name stands there twice: an information without any label of its own would not be made. The others
    # do not stand there: an information looks for its own labels in each part of the object too, and a pg database
    # has a `metadata` inside of its `spec`.
    each = {"info": {"labelsFromPath": {name.removesuffix("_info"): list(_NAME)}}}
    return {**_metric(name, "Info", each), "labelsFromPath": {label: list(path) for label, path in labels.items()}}


def _gauge(
    name: str,
    path: Path,
    *,
    value: str | None = None,
    labels: Mapping[str, Path] | None = None,
    key: str | None = None,
    common: Mapping[str, str] | None = None,
    absent_is_zero: bool = False,
) -> dict[str, Any]:
    each: dict[str, Any] = {"path": list(path)}
    if value is not None:
        each["valueFrom"] = [value]
    if labels:
        each["labelsFromPath"] = {label: list(where) for label, where in labels.items()}
    if key is not None:
        each["labelFromKey"] = key
    if absent_is_zero:
        each["nilIsZero"] = True
    return _metric(name, "Gauge", {"gauge": each}, common)


def _metric(name: str, kind: str, each: dict[str, Any], common: Mapping[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "help": METRICS[f"{PREFIX}_{name}"].help,
        "each": {"type": kind, **each},
    }
    if common:
        found["commonLabels"] = dict(common)
    return found
