"""The real kube-state-metrics makes our metrics out of every kind of all four operators."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.observability.kinds import BACKUPS, DATABASES, RESTORES
from dbaas_components.observability.kube_state_metrics import custom_resource_state, reading_rules
from dbaas_components.observability.vocabulary import ALL_ENGINES, IDENTITY, METRICS, OWNERSHIP
from embedded.monitoring import RunningKubeStateMetrics, start_kube_state_metrics
from tests.api.objects import ApiServer
from tests.observability import custom_resources as given
from tests.observability.samples import Sample, samples
from tests.observability.scenarios import paused_scenarios, scenarios

pytestmark = [pytest.mark.api, pytest.mark.monitoring]

_COMPLETED, _RESTORABLE = 1795137000.0, 1795143300.0
OWNERS = {
    "owner": "shop-team",
    "tenant": "shop",
    "environment": "production",
    "cost_centre": "4711",
    "profile": "standard",
}


def place(api: ApiServer, kind: Any, name: str, manifest: dict[str, Any], status: dict[str, Any]) -> None:
    """Makes the object as a user does, and writes its status as its operator does."""
    path = f"/apis/{kind.group}/{kind.version}/namespaces/{given.NAMESPACE}/{kind.plural}"
    api.create(path, manifest)
    body = {"status": status}
    api.call("PATCH", f"{path}/{name}/status", body=body, type="application/merge-patch+json")


def job(kind: Any, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": f"{kind.group}/{kind.version}",
        "kind": kind.kind,
        "metadata": {"name": name, "namespace": given.NAMESPACE},
        "spec": spec,
    }


@pytest.fixture(scope="module")
def scraped(api_server: tuple[ApiServer, Path], kube_state_metrics: RunningKubeStateMetrics) -> list[Sample]:
    """What is scraped once all the objects are seen."""
    api, _ = api_server
    api.new_namespace(given.NAMESPACE)
    for engine in ALL_ENGINES:
        place(api, DATABASES[engine], "orders", given.database(engine), given.DATABASE_STATUS[engine])
        backup = job(BACKUPS[engine], "nightly", given.BACKUP_SPEC[engine])
        place(api, BACKUPS[engine], "nightly", backup, given.BACKUP_STATUS[engine])
        restore = job(RESTORES[engine], "again", given.RESTORE_SPEC[engine])
        place(api, RESTORES[engine], "again", restore, given.RESTORE_STATUS[engine])
        # One that its operator has not looked at yet.
        api.create(
            f"/apis/{BACKUPS[engine].group}/{BACKUPS[engine].version}/namespaces/{given.NAMESPACE}/{BACKUPS[engine].plural}",
            job(BACKUPS[engine], "fresh", given.BACKUP_SPEC[engine]),
        )

    def complete(found: list[Sample]) -> bool:
        states = {(s.name, s.labels["engine"]) for s in found if s.name.endswith("_state")}
        fresh = {s.labels["engine"] for s in found if s.labels.get("backup") == "fresh"}
        return len(states) == 3 * len(ALL_ENGINES) and len(fresh) == len(ALL_ENGINES)

    return until(kube_state_metrics, complete)


def until(metrics: RunningKubeStateMetrics, complete: Callable[[list[Sample]], bool]) -> list[Sample]:
    """The first scrape that is complete; the last one after 30 seconds, for the tests to say what is missing."""
    deadline = time.monotonic() + 30
    while not complete(found := list(samples(metrics.scrape()))) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def values(scraped: list[Sample], name: str, engine: str, *by: str, **labels: str) -> dict[Any, float]:
    """Values of one metric of one engine, by these labels."""
    found = [s for s in scraped if s.name == f"dbaas_{name}" and s.has(engine=engine, **labels)]
    made = {tuple(s.labels.get(label) for label in by): s.value for s in found}
    assert len(made) == len(found), f"{name} of {engine} comes twice: {found}"
    return {key[0] if len(by) == 1 else key: value for key, value in made.items()}


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_a_database_is_told_with_who_owns_it(scraped: list[Sample], engine: str) -> None:
    (info,) = [s for s in scraped if s.name == "dbaas_database_info" and s.has(engine=engine)]
    assert info.value == 1
    assert info.has(namespace="shop", database="orders", **OWNERS)
    assert info.labels["host"] == given.DATABASE_STATUS[engine]["host"]
    assert info.labels["version"]
    assert info.labels["operator_version"]


@pytest.mark.parametrize(
    ("engine", "state"), [("pxc", "ready"), ("ps", "initializing"), ("psmdb", "error"), ("pg", "ready")]
)
def test_a_database_is_in_exactly_the_state_that_its_operator_tells(
    scraped: list[Sample], engine: str, state: str
) -> None:
    found = values(scraped, "database_state", engine, "state")
    assert {name for name, value in found.items() if value == 1} == {state}
    assert set(found) == {"ready", "initializing", "paused", "stopping"} | ({"error"} if engine != "pg" else set())


@pytest.mark.parametrize(
    ("engine", "wanted", "ready"),
    [
        ("pxc", {None: 3}, {None: 2}),
        ("ps", {None: 3}, {None: 0}),
        ("psmdb", {"rs0": 3}, {"rs0": 1}),
        ("pg", {"instance1": 3}, {"instance1": 3}),
    ],
)
def test_members_are_counted_by_group(scraped: list[Sample], engine: str, wanted: Any, ready: Any) -> None:
    assert values(scraped, "database_replicas_wanted", engine, "group") == wanted
    assert values(scraped, "database_replicas_ready", engine, "group") == ready


@pytest.mark.parametrize(
    ("engine", "wanted", "ready"),
    [
        ("pxc", {"haproxy": 3}, {"haproxy": 3}),
        ("ps", {"haproxy": 3}, {}),
        ("psmdb", {}, {}),
        ("pg", {"pgbouncer": 2}, {"pgbouncer": 2}),
    ],
)
def test_proxies_are_counted_by_kind(scraped: list[Sample], engine: str, wanted: Any, ready: Any) -> None:
    assert values(scraped, "database_proxies_wanted", engine, "proxy") == wanted
    assert values(scraped, "database_proxies_ready", engine, "proxy") == ready


def test_what_only_some_operators_tell_is_there_for_them_alone(scraped: list[Sample]) -> None:
    for name, expected in {
        "database_observed_generation": {"pxc": 1, "psmdb": 1, "pg": 1},
        "database_standby": {"psmdb": 0, "pg": 0},
        "database_standby_lag_bytes": {"pg": 1048576},
    }.items():
        found = {engine: values(scraped, name, engine) for engine in ALL_ENGINES}
        assert {engine: value[()] for engine, value in found.items() if value} == expected
    assert values(scraped, "database_condition", "ps", "condition") == {"InnoDBClusterBootstrapped": 1}
    assert values(scraped, "database_condition", "pg", "condition") == {"StandbyLagging": 0}


@pytest.mark.parametrize(
    ("engine", "state", "completed", "restorable"),
    [
        ("pxc", "succeeded", _COMPLETED, _RESTORABLE),
        ("ps", "failed", None, None),
        ("psmdb", "succeeded", _COMPLETED, _RESTORABLE),
        ("pg", "succeeded", _COMPLETED, _RESTORABLE),
    ],
)
def test_a_backup_is_told_with_its_database_state_and_times(
    scraped: list[Sample], engine: str, state: str, completed: float | None, restorable: float | None
) -> None:
    is_one = {
        s.labels["state"]
        for s in scraped
        if s.name == "dbaas_backup_state" and s.has(engine=engine, backup="nightly") and s.value
    }
    assert is_one == {state}
    assert values(scraped, "backup_completed_timestamp_seconds", engine, "backup") == (
        {"nightly": completed} if completed else {}
    )
    assert values(scraped, "backup_latest_restorable_timestamp_seconds", engine, "backup") == (
        {"nightly": restorable} if restorable else {}
    )
    (info,) = [s for s in scraped if s.name == "dbaas_backup_info" and s.has(engine=engine, backup="nightly")]
    assert info.has(database="orders", namespace="shop", storage=given.BACKUP_SPEC[engine].get("repoName", "main"))


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_a_backup_that_no_operator_has_looked_at_has_a_time_and_no_state(scraped: list[Sample], engine: str) -> None:
    assert values(scraped, "backup_created_timestamp_seconds", engine, "backup", backup="fresh").keys() == {"fresh"}
    assert values(scraped, "backup_state", engine, "backup", backup="fresh") == {}


@pytest.mark.parametrize(
    ("engine", "state"), [("pxc", "running"), ("ps", "succeeded"), ("psmdb", "failed"), ("pg", "running")]
)
def test_a_restore_is_told_with_its_database_and_state(scraped: list[Sample], engine: str, state: str) -> None:
    found = [
        s for s in scraped if s.name == "dbaas_restore_state" and s.has(engine=engine, restore="again") and s.value
    ]
    assert [s.labels["state"] for s in found] == [state]
    assert found[0].has(database="orders", namespace="shop")
    (created,) = values(scraped, "restore_created_timestamp_seconds", engine, "restore").values()
    assert abs(created - time.time()) < 600


def test_size_of_a_backup_is_a_text_that_psmdb_alone_tells(scraped: list[Sample]) -> None:
    sizes = {
        s.labels["engine"]: s.labels.get("size")
        for s in scraped
        if s.name == "dbaas_backup_info" and s.has(backup="nightly")
    }
    assert sizes == {"pxc": None, "ps": None, "psmdb": "1.50GB", "pg": None}


def test_every_metric_and_label_is_in_the_vocabulary_and_every_one_of_it_was_seen(scraped: list[Sample]) -> None:
    implied = {*IDENTITY, *OWNERSHIP, "customresource_group", "customresource_kind", "customresource_version"}
    seen: dict[str, set[str]] = {}
    for sample in scraped:
        assert sample.name in METRICS
        seen.setdefault(sample.name, set()).add(sample.labels["engine"])
        strange = sample.labels.keys() - implied - set(METRICS[sample.name].labels)
        assert not strange, f"{sample.name} has {strange}"
    engines = {name: set(metric.engines) for name, metric in METRICS.items()}
    # The only one that stands for pxc in a status of another shape; it has a test of its own.
    engines.pop("dbaas_database_channel_source")
    # ps told no time of the end of a backup that failed, and pxc, psmdb and pg none of a restore that goes on.
    engines["dbaas_backup_completed_timestamp_seconds"] -= {"ps"}
    engines["dbaas_restore_completed_timestamp_seconds"] = {"ps"}
    engines["dbaas_database_proxies_wanted"] -= {"psmdb"}
    engines["dbaas_database_proxies_ready"] -= {"psmdb", "ps"}
    assert seen == engines


@pytest.mark.parametrize("engine", ALL_ENGINES)
def test_scenarios_of_alerts_use_the_labels_that_it_really_gives(scraped: list[Sample], engine: str) -> None:
    real: dict[str, set[frozenset[str]]] = {}
    for sample in scraped:
        if sample.has(engine=engine):
            real.setdefault(sample.name, set()).add(frozenset(sample.labels))
    if engine == "psmdb":
        # Its database here has no shards, and so no proxy; pxc's proxies have the same labels.
        like = next(frozenset(s.labels) for s in scraped if s.name == "dbaas_database_proxies_wanted")
        real |= {f"dbaas_database_proxies_{what}": {like} for what in ("wanted", "ready")}
    used = {series for one in [*scenarios(engine), *paused_scenarios(engine)] for series, _ in one.series}
    ours = [one for text in used for one in samples(f"{text.replace(', ', ',')} 0") if one.name in METRICS]
    assert len({one.name for one in ours}) > 10
    optional = {"size", "type", "destination"}
    for one in ours:
        # ps told no good backup and no ready proxy here: their labels are those of the other engines.
        shapes = real.get(one.name) or {frozenset(s.labels) for s in scraped if s.name == one.name}
        assert {shape - optional for shape in shapes} >= {frozenset(one.labels)}, one.name


def test_the_rights_that_we_give_it_are_all_that_it_needs(
    api_server: tuple[ApiServer, Path], scraped: list[Sample], tmp_path: Path
) -> None:
    api, kubeconfig = api_server
    rules = reading_rules()
    assert {verb for rule in rules for verb in rule["verbs"]} == {"list", "watch"}
    account = {"kind": "ServiceAccount", "name": "reader", "namespace": given.NAMESPACE}
    api.create(f"/api/v1/namespaces/{given.NAMESPACE}/serviceaccounts", {"metadata": {"name": "reader"}})
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    api.create(f"{rbac}/clusterroles", {"metadata": {"name": "reader"}, "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"}
    api.create(f"{rbac}/clusterrolebindings", {"metadata": {"name": "reader"}, "roleRef": role, "subjects": [account]})
    path = f"/api/v1/namespaces/{given.NAMESPACE}/serviceaccounts/reader/token"
    token = api.call("POST", path, body={"spec": {}})["status"]["token"]
    content = yaml.safe_load(kubeconfig.read_text())
    for user in content["users"]:
        user["user"] = {"token": token}
    limited = tmp_path / "kubeconfig"
    limited.write_text(yaml.safe_dump(content))
    configuration = tmp_path / "custom-resources.yaml"
    configuration.write_text(yaml.safe_dump(custom_resource_state()))

    def kinds(found: list[Sample]) -> set[tuple[str, str]]:
        return {(s.labels["customresource_kind"], s.name) for s in found if s.has(database="orders")}

    wanted = kinds(scraped)
    with start_kube_state_metrics(limited, configuration, tmp_path) as running:
        assert kinds(until(running, lambda found: kinds(found) >= wanted)) >= wanted
        assert "forbidden" not in running.log.read_text()


def test_a_channel_of_replication_tells_which_end_the_database_is(
    api_server: tuple[ApiServer, Path], kube_state_metrics: RunningKubeStateMetrics, scraped: list[Sample]
) -> None:
    manifest = given.database("pxc", "replica")
    manifest["spec"]["pxc"]["replicationChannels"] = [
        {"name": "main_to_dr", "isSource": False, "sourcesList": [{"host": "main.example.com"}]}
    ]
    place(api_server[0], DATABASES["pxc"], "replica", manifest, {"state": "paused"})
    now = until(kube_state_metrics, lambda found: any(s.name == "dbaas_database_channel_source" for s in found))
    assert values(now, "database_channel_source", "pxc", "channel") == {"main_to_dr": 0}


def test_a_deleted_database_is_told_no_longer(
    api_server: tuple[ApiServer, Path], kube_state_metrics: RunningKubeStateMetrics, scraped: list[Sample]
) -> None:
    place(api_server[0], DATABASES["pxc"], "short", given.database("pxc", "short"), {"state": "ready"})

    def told(found: list[Sample]) -> bool:
        return any(s.has(database="short") for s in found)

    assert told(until(kube_state_metrics, told))
    kind = DATABASES["pxc"]
    api_server[0].call("DELETE", f"/apis/{kind.group}/{kind.version}/namespaces/{given.NAMESPACE}/{kind.plural}/short")
    assert not told(until(kube_state_metrics, lambda found: not told(found)))
