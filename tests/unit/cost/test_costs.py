"""Monthly cost: each figure from the table, each amount from the custom resource, what is not counted is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components import ManagedDatabase
from dbaas_components.cost.costs import Costs, estimate
from dbaas_components.cost.prices import EXAMPLES, PriceError, PriceTable, parse_prices, read_prices
from dbaas_components.cost.sizes import sizes_of
from dbaas_components.diff import side
from dbaas_components.diff.document import Document, read_document
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.gate import over_budget, read_policy
from dbaas_components.diff.grouping import DATABASES
from dbaas_components.evaluate import evaluate

FIGURE = {"source": "invoice 12", "date": "2026-01-01"}
TABLE: dict[str, Any] = {
    "format": "dbaas-prices/1",
    "name": "ours",
    "currency": "EUR",
    "hours_per_month": 100,
    "vcpu_hour": {"price": 1, **FIGURE},
    "memory_gib_hour": {"price": 0.1, **FIGURE},
    "storage_gib_month": {"default": {"price": 2, **FIGURE}, "fast": {"price": 5, **FIGURE}},
    "backups": {"gib_month": {"price": 0.5, **FIGURE}, "share_of_volume": 0.5},
}


def table(**changed: Any) -> PriceTable:
    return parse_prices(yaml.safe_dump({**TABLE, **changed}), "prices")


def graph(**databases: dict[str, Any]) -> Document:
    def program() -> None:
        for name, args in databases.items():
            ManagedDatabase(name, {"namespace": "shop", "profile": "dev", **args})  # type: ignore[arg-type]

    return read_document(side.document_of(evaluate(program), "dev"))


def test_the_sum_is_that_of_a_hand_calculation() -> None:
    spec = {
        "pxc": {
            "size": 3,
            "resources": {"requests": {"cpu": "500m"}, "limits": {"memory": "2Gi"}},
            "volumeSpec": {"persistentVolumeClaim": {"resources": {"requests": {"storage": "20Gi"}}}},
            "sidecars": [{"name": "s", "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}}}],
        },
        "haproxy": {"enabled": True, "size": 2, "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
        "proxysql": {"enabled": False, "size": 3, "resources": {"requests": {"cpu": "9", "memory": "9Gi"}}},
        "backup": {"schedule": [{"name": "daily", "retention": {"type": "count", "count": 4}}]},
    }
    costs = estimate(document(), document(spec), table())
    (line,) = costs.databases
    assert line.before is None
    assert line.after is not None
    # 3 x (0.5 + 0.1) + 2 x 1 vCPUs; 3 x (2 + 0.5) + 2 x 1 GiB; 3 x 20 GiB; 4 backups of half of 20 GiB.
    assert line.after.vcpus == pytest.approx(3.8 * 100)
    assert line.after.memory == pytest.approx(9.5 * 100 * 0.1)
    assert line.after.storage == pytest.approx(60 * 2)
    assert line.after.backups == pytest.approx(4 * 10 * 0.5)
    assert line.notes == ()
    assert costs.total == (0.0, pytest.approx(380 + 95 + 120 + 20))


def document(spec: dict[str, Any] | None = None, **metadata: Any) -> Document:
    resources = []
    if spec is not None:
        token = "kubernetes:pxc.percona.com/v1:PerconaXtraDBCluster"
        inputs = {"metadata": {"name": "orders", "namespace": "shop", **metadata}, "spec": spec}
        resources.append(
            {"urn": f"urn:pulumi:dev::p::{token}::orders", "type": token, "name": "orders", "inputs": inputs}
        )
    return read_document({"format": "dbaas-graph/1", "project": "p", "stack": "dev", "resources": resources})


@pytest.mark.parametrize("engine", ["pxc", "ps", "psmdb", "pg"])
def test_every_engine_counts_its_servers_volumes_and_backups(engine: str) -> None:
    place = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}
    if engine == "pg":
        place["endpoint"] = "https://s3.eu-west-1.amazonaws.com"
    backup = {"storages": {"main": place}, "schedules": [{"name": "daily", "cron": "0 1 * * *", "keep": 7}]}
    found = graph(orders={"engine": engine, "replicas": 3, "storage": {"size": "20Gi"}, "backup": backup})
    (database,) = [one for one in found.resources if one.kind in DATABASES]
    sizes = sizes_of(database)
    assert sum(sizes.storage_gib.values()) == 60
    assert sizes.data_gib == 20
    assert sizes.full_backups == 7
    assert sizes.vcpus > 0
    assert sizes.memory_gib > 0


def test_every_shard_and_the_config_servers_count() -> None:
    found = graph(orders={"engine": "psmdb", "replicas": 3, "storage": {"size": "20Gi"}, "sharding": {"shards": 2}})
    (database,) = [one for one in found.resources if one.kind in DATABASES]
    sizes = sizes_of(database)
    assert sizes.data_gib == 40
    assert sum(sizes.storage_gib.values()) > 120


def test_a_larger_volume_costs_more_and_the_report_says_so() -> None:
    costs = estimate(graph(orders=pxc_plain("20Gi")), graph(orders=pxc_plain("30Gi")), table())
    (line,) = costs.databases
    assert line.difference == pytest.approx(3 * 10 * 2)
    assert any("shop/orders" in words and "storage +60.00" in words for words in costs.lines)


def pxc_plain(size: str, **storage: Any) -> dict[str, Any]:
    return {"engine": "pxc", "replicas": 3, "storage": {"size": size, **storage}}


def test_a_tier_has_its_own_price_and_one_without_is_told() -> None:
    fast = estimate(graph(), graph(orders=pxc_plain("20Gi", storage_class="fast")), table()).databases[0]
    other = estimate(graph(), graph(orders=pxc_plain("20Gi", storage_class="slow")), table()).databases[0]
    none = table(storage_gib_month={"fast": {"price": 5, **FIGURE}})
    unknown = estimate(graph(), graph(orders=pxc_plain("20Gi", storage_class="slow")), none).databases[0]
    assert fast.after is not None
    assert other.after is not None
    assert unknown.after is not None
    assert (fast.after.storage, other.after.storage, unknown.after.storage) == (300, 120, 0)
    assert not any("slow" in note for note in fast.notes)
    assert any("default price" in note for note in other.notes)
    assert any("no price" in note for note in unknown.notes)


def test_tenants_are_summed_and_what_is_not_counted_is_told() -> None:
    databases = {
        "orders": {**pxc_plain("20Gi"), "tenant": "shop"},
        "billing": {**pxc_plain("20Gi"), "tenant": "shop"},
        "ledger": {**pxc_plain("20Gi"), "tenant": "bank"},
    }
    costs = estimate(graph(), graph(**databases), table(not_counted=["the fee of the cluster"]))
    assert costs.tenants["shop"][1] == pytest.approx(2 * costs.tenants["bank"][1])
    assert costs.total[1] == pytest.approx(3 * costs.tenants["bank"][1])
    assert "the fee of the cluster" in costs.lines[-1]
    assert "traffic" in costs.lines[-1]


def test_backups_without_end_are_told_and_not_counted() -> None:
    spec = {"pxc": {"size": 3}, "backup": {"schedule": [{"name": "daily"}]}}
    line = estimate(document(), document(spec), table()).databases[0]
    assert line.after is not None
    assert line.after.backups == 0
    assert any("kept without end" in note for note in line.notes)
    assert any("no request of cpu" in note for note in line.notes)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_tables_with_a_source_and_a_day_for_each_figure(path: Path) -> None:
    found = read_prices(path.stem)
    assert found.example
    figures = [found.vcpu_hour, found.memory_gib_hour, *found.storage_gib_month.values()]
    assert found.backups is not None
    told = ("https://", "not looked up: ")
    assert all(one.source.startswith(told) and one.price > 0 for one in (*figures, found.backups.gib_month))
    assert "an example" in estimate(graph(), graph(orders=pxc_plain("20Gi")), found).lines[-3]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "dbaas-prices/2"}, "format"),
        ({"currency": "euro"}, "currency"),
        ({"vcpu_hour": {"price": -1, **FIGURE}}, "vcpu_hour.price"),
        ({"vcpu_hour": {"price": float("nan"), **FIGURE}}, "vcpu_hour.price"),
        ({"vcpu_hour": 0.5}, "vcpu_hour"),
        ({"storage_gib_month": {}}, "storage_gib_month"),
        ({"cpu": 1}, "cpu"),
    ],
)
def test_a_wrong_table_is_refused_with_the_place(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PriceError, match=says):
        table(**change)


def test_a_table_that_is_not_there_names_the_examples() -> None:
    with pytest.raises(PriceError, match="aws, gcp"):
        read_prices("nowhere.yaml")


def costs_of(before: int, after: int) -> Costs:
    def one(size: int) -> dict[str, Any]:
        volume = {"persistentVolumeClaim": {"resources": {"requests": {"storage": f"{size}Gi"}}}}
        return {"pxc": {"size": 1, "volumeSpec": volume}}

    labels = {"labels": {"dbaas-components.io/tenant": "shop"}}
    return estimate(document(one(before), **labels), document(one(after), **labels), table())


@pytest.mark.parametrize(
    ("budget", "before", "after", "refused"),
    [
        ({"total": 100}, 10, 40, False),
        ({"total": 100}, 10, 60, True),
        ({"total": 100}, 80, 70, False),
        ({"increase": 20}, 10, 20, False),
        ({"increase": 20}, 10, 21, True),
        ({"tenants": {"shop": 100}}, 10, 60, True),
        ({"tenants": {"bank": 1}}, 10, 60, False),
    ],
)
def test_a_budget_refuses_what_costs_more_and_goes_over_it(
    budget: dict[str, Any], before: int, after: int, refused: bool
) -> None:
    policy = read_policy(yaml.safe_dump({"budget": {"currency": "EUR", **budget}}), "gate")
    assert bool(over_budget(costs_of(before, after), policy)) is refused


def test_a_budget_that_cannot_be_judged_refuses() -> None:
    policy = read_policy("budget: {currency: USD, total: 1000000}", "gate")
    assert "no price table" in over_budget(None, policy)[0]
    assert "one currency" in over_budget(costs_of(1, 1), policy)[0]
    with pytest.raises(DiffError, match="currency"):
        read_policy("budget: {total: 5}", "gate")


def test_what_a_report_shows_adds_up_to_the_hundredth() -> None:
    names = [f"d{number}" for number in range(7)]
    small = {name: {"engine": "pg", "storage": {"size": "7Gi"}} for name in names}
    costs = estimate(graph(**small), graph(**{**small, "more": {"engine": "ps"}}), read_prices("aws"))
    before, after = costs.total
    assert before == round(sum(round(line.before.total, 2) for line in costs.databases if line.before), 2)
    (total,) = (line for line in costs.lines if line.startswith("cost of all"))
    assert f"({round(after, 2) - round(before, 2):+,.2f})" in total
    assert all(one.total == round(one.total, 2) for line in costs.databases if (one := line.after))
