"""A whole platform as a program registers it: parts, order, owners, and what is refused."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from dbaas_components import Platform, SpecError
from dbaas_components.evaluate import Graph, evaluate
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT
from dbaas_components.planning import Step, steps

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
WHOLE: dict[str, Any] = {
    "ownership": OWNERSHIP,
    "cloud": {"kubernetes": "eks"},
    "namespaces": [{"name": "shop", "tenant": "shop"}, {"name": "finance"}],
    "cert_manager": {},
    "certificate_authority": {},
    "namespace_issuers": {"namespaces": ["shop"]},
    "external_secrets": {},
    "secret_store": {"namespaces": ["shop", "finance", "pmm"], "aws": {"region": "eu-west-1"}},
    "operators": {},
    "pmm": {},
    "pmm_tokens": {"consumers": [{"namespace": "shop", "database": "orders", "engine": "pxc"}]},
    "coroot": {"admin_from": "job"},
}


def platform(**changed: Any) -> Graph:
    return evaluate(lambda: Platform("main", {**WHOLE, **changed}))  # type: ignore[typeddict-item]


@pytest.fixture(scope="module")
def whole() -> Graph:
    return platform()


def by_name(graph: Graph) -> dict[str, Step]:
    return {step.name.removeprefix("main-"): step for step in steps(graph)}


def test_every_part_is_a_step_after_those_that_it_needs(whole: Graph) -> None:
    found = by_name(whole)
    assert set(found) == {
        "priority-classes",
        "cloud",
        "namespaces",
        "cert-manager",
        "certificate-authority",
        "namespace-issuers",
        "external-secrets",
        "secret-store",
        "operators",
        "pmm",
        "pmm-tokens",
        "coroot",
    }
    before = {
        "certificate-authority": {"cert-manager"},
        "namespace-issuers": {"certificate-authority", "namespaces"},
        "secret-store": {"external-secrets"},
        "operators": {"certificate-authority", "secret-store"},
        "pmm": {"certificate-authority", "secret-store"},
        "pmm-tokens": {"pmm", "namespaces"},
        "coroot": {"secret-store"},
    }
    names = {step.number: name for name, step in found.items()}
    for name, wanted in before.items():
        assert {names[number] for number in found[name].after} == wanted, name
        assert all(number < found[name].number for number in found[name].after)


def test_external_secrets_and_pmm_begin_when_vaults_first_snapshot_came_back_from_its_bucket() -> None:
    vault = {
        "seal": {"aws_kms": {"key": "alias/vault", "region": "eu-west-1"}, "recovery_keys": "plain_in_a_secret"},
        "snapshots": {"s3": {"bucket": "vault", "region": "eu-west-1"}},
    }
    store = {"namespaces": ["shop", "finance", "pmm"]}
    for given, waits in ((store, True), (WHOLE["secret_store"], False)):
        graph = platform(vault=vault, secret_store=given)
        job = graph.one("Job", "main-vault-first-snapshot")
        assert {one.name for one in graph.dependency_closure(job)} >= {"main-vault-bootstrap", "main-vault-server"}
        for part in ("main-pmm", "main-secret-store"):
            assert job in graph.dependency_closure(named(graph, part)), part
        # A store that is elsewhere may have what Vault itself needs to start.
        assert (job in graph.dependency_closure(named(graph, "main-external-secrets"))) is waits
        shown = by_name(graph)["vault"].gates
        assert "a snapshot of Vault is in bucket vault and was read back whole" in shown


def named(graph: Graph, name: str) -> Any:
    """The component of this name."""
    return next(one for one in graph.resources if one.name == name and not one.custom)


def test_a_part_that_is_not_asked_for_is_not_made_and_a_part_alone_is_enough() -> None:
    def program() -> None:
        Platform("main", {"ownership": OWNERSHIP, "priority_classes": False, "operators": {"engines": ["pg"]}})

    graph = evaluate(program)
    assert set(by_name(graph)) == {"operators"}
    assert "pmm_host" not in graph.one("Platform").outputs


def test_every_object_and_every_chart_says_who_answers_and_who_pays(whole: Graph) -> None:
    wanted = {OWNER: "dba", COST_CENTRE: "4711", ENVIRONMENT: "test"}
    unowned: list[str] = []
    for resource in whole:
        if not resource.custom or resource.type.startswith("pulumi:"):
            continue
        if resource.kind == "Release":
            # Its objects are the chart's; those that take labels have them from its values.
            continue
        labels = resource.inputs["metadata"].get("labels", {})
        if any(labels.get(key) != value for key, value in wanted.items()) or not labels.get(TENANT):
            unowned.append(resource.name)
    assert unowned == []


def test_nothing_secret_passes_through_the_program(whole: Graph) -> None:
    assert whole.secret_values() == []
    assert [resource.name for resource in whole.all("Secret")] == []


def test_a_database_waits_for_its_namespace_issuer_store_and_operator() -> None:
    found: dict[str, list[Any]] = {}

    def program() -> None:
        made = Platform("main", WHOLE)  # type: ignore[arg-type]
        found["shop"] = made.gates("ps", "shop")
        found["elsewhere"] = made.gates("pg", "elsewhere")

    evaluate(program)
    names = [resource._name for resource in found["shop"]]  # pyright: ignore[reportPrivateUsage]
    assert [name.removeprefix("main-") for name in names] == [
        "certificate-authority-issuer",
        "namespaces-shop",
        "namespace-issuers-shop",
        "secret-store-probe",
        "operators-percona-operators-ps-gate",
    ]
    # A namespace that is somebody else's has to be there already.
    assert len(found["elsewhere"]) == 3


def test_a_version_that_no_known_good_combination_has_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        platform(versions={"cert-manager": "v1.20.0", "pmm": "1.8.1", "redis": "1"})
    told = {problem.path: problem.message for problem in caught.value.problems}
    assert (
        told["versions.cert-manager"]
        == '"v1.20.0" is in no known-good combination; choose v1.21.1; did you mean "v1.21.1"?'
    )
    assert told["versions.redis"].startswith("is not a chart of the platform; choose ")
    assert len(told) == 2


def test_all_that_is_wrong_with_all_parts_is_told_before_anything_is_registered() -> None:
    def program() -> None:
        with pytest.raises(SpecError) as caught:
            Platform(
                "main",
                {
                    "ownership": OWNERSHIP,
                    "cloud": {"kubernetes": "on_premises", "tiers": {"high": {}}},
                    "namespaces": [{"name": "Shop"}],
                    "cert_manager": {"replicas": 0, "replica": 1},
                    "namespace_issuers": {"namespaces": [], "issuer": "dbaas-ca"},
                    "secret_store": {"namespaces": ["shop"]},
                    "operators": True,  # type: ignore[typeddict-item]
                    "pmm_tokens": {"consumers": [{"namespace": "shop", "database": "o", "engine": "pxc"}]},
                },
            )
        assert [problem.path for problem in caught.value.problems] == [
            "cloud.tiers.high",
            "namespaces[0].name",
            "cert_manager.replicas",
            "cert_manager.replica",
            "namespace_issuers.namespaces",
            "namespace_issuers.issuer",
            "secret_store",
            "operators",
            "pmm_tokens.server",
        ]

    assert evaluate(program).resources == ()


def test_what_all_parts_share_hides_nothing_of_the_parts() -> None:
    with pytest.raises(SpecError) as caught:
        platform(ownership={**OWNERSHIP, "owner": ""}, cert_manager={"replica": 2}, operators={"replicas": "x"}, pm={})
    assert [problem.path for problem in caught.value.problems] == [
        "pm",
        "ownership.owner",
        "cert_manager.replica",
        "operators.replicas",
    ]


def chart(folder: Path, name: str, version: str) -> None:
    (folder / name).mkdir()
    (folder / name / "Chart.yaml").write_text(f"name: {name}\nversion: {version}\n")


def test_every_chart_that_a_folder_lacks_is_told_before_anything_is_registered(tmp_path: Path) -> None:
    chart(tmp_path, "cert-manager", "1.21.1")
    chart(tmp_path, "pmm", "1.7.0")
    (tmp_path / "external-secrets-2.9.0.tgz").write_bytes(b"cut off")

    def program() -> None:
        with pytest.raises(SpecError) as caught:
            Platform("main", {**WHOLE, "sources": {"chart_folder": str(tmp_path)}})  # type: ignore[typeddict-item]
        told = [problem.message for problem in caught.value.problems]
        assert {problem.path for problem in caught.value.problems} == {"sources.chart_folder"}
        # Each with what to put there; cert-manager is as it is pinned.
        assert len(told) == 6
        assert any(
            'pmm" is version 1.7.0, which is in no known-good combination; put the chart pmm' in one for one in told
        )
        assert any('external-secrets-2.9.0.tgz" is no chart that can be read' in one for one in told)
        assert sum("holds neither" in one for one in told) == 4

    assert evaluate(program).resources == ()


def test_a_chart_of_the_pinned_version_is_taken_from_a_folder_packed_or_not(tmp_path: Path) -> None:
    chart(tmp_path, "cert-manager", "v1.21.1")
    parts: dict[str, Any] = {"ownership": OWNERSHIP, "cert_manager": {}, "sources": {"chart_folder": str(tmp_path)}}
    (unpacked,) = evaluate(lambda: Platform("main", parts)).all("Release")  # type: ignore[arg-type]
    assert unpacked.inputs["chart"] == str(tmp_path / "cert-manager")
    archive = tmp_path / "cert-manager-v1.21.1.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "cert-manager", "cert-manager")
    (found,) = evaluate(lambda: Platform("main", parts)).all("Release")  # type: ignore[arg-type]
    assert found.inputs["chart"] == str(archive)


def test_monitors_wait_for_the_kind_that_the_metrics_stack_brings() -> None:
    scraped = {"service_monitor": True}
    graph = platform(
        monitoring={"select_labels": {"team": "dba"}}, cert_manager=scraped, external_secrets=scraped, operators=scraped
    )
    found = by_name(graph)
    number = found["monitoring"].number
    assert number in found["external-secrets"].after
    # Behind the store, and so behind External Secrets.
    assert found["operators"].after == (found["secret-store"].number,)
    assert found["secret-store"].after == (found["external-secrets"].number,)
    # cert-manager comes before what needs its certificates, and so its monitor after both.
    release = graph.one("Release", "main-cert-manager-release").inputs["values"]
    assert release["prometheus"]["servicemonitor"] == {"enabled": False}
    monitor = graph.one("ServiceMonitor", "main-cert-manager-monitor")
    assert number in found["cert-manager-monitor"].after
    assert monitor.inputs["metadata"]["labels"]["team"] == "dba"
    beside = platform(monitoring={"existing": True}, cert_manager=scraped, pmm=None, pmm_tokens=None)
    assert beside.one("Release", "main-cert-manager-release").inputs["values"]["prometheus"]["servicemonitor"][
        "enabled"
    ]


def test_a_database_waits_for_external_secrets_whoever_made_its_store() -> None:
    found: list[Any] = []

    def program() -> None:
        made = Platform("main", {**WHOLE, "secret_store": None})  # type: ignore[typeddict-item]
        found.extend(made.gates("pg", "shop"))

    evaluate(program)
    assert "main-external-secrets-release" in [one._name for one in found]  # pyright: ignore[reportPrivateUsage]


def test_tokens_without_a_server_are_refused() -> None:
    with pytest.raises(SpecError, match=r"pmm_tokens\.server: is required where the platform has no pmm"):
        Platform("main", {"ownership": OWNERSHIP, "pmm_tokens": {"consumers": WHOLE["pmm_tokens"]["consumers"]}})


def test_one_mirror_serves_every_chart() -> None:
    graph = platform(sources={"mirror": "mirror.example.com/dbaas"})
    charts = [resource.inputs["chart"] for resource in graph.all("Release")]
    assert len(charts) >= 6
    assert all(chart.startswith("oci://mirror.example.com/dbaas/charts/") for chart in charts)


def test_the_root_is_kept_and_its_key_stays(whole: Graph) -> None:
    root = whole.one("Certificate", "main-certificate-authority-root-certificate")
    assert (root.protect, root.retain_on_delete) == (True, True)
    assert root.inputs["spec"]["privateKey"]["rotationPolicy"] == "Never"
    assert root.inputs["spec"]["duration"] == "87600h"


def test_a_further_region_signs_with_the_root_that_is_there() -> None:
    graph = platform(certificate_authority={"existing_root": "first-region-root"})
    assert [one.name for one in graph.all("Certificate") if "root" in one.name] == []
    issuer = graph.one("ClusterIssuer")
    assert issuer.inputs["spec"] == {"ca": {"secretName": "first-region-root"}}
