"""The repository's own stacks, evaluated as they stand: no engine, no cluster, no credentials."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbaas_components.cli.project import engine_config, find_project
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import Graph, Resource, evaluate
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT
from dbaas_components.planning import steps
from stacks.settings import parse

pytestmark = pytest.mark.slow

PROJECT = find_project(Path(__file__).resolve().parents[2])


def graph_of(config: dict[str, Any], stack: str = "prod") -> Graph:
    given, secret = engine_config(config)
    return evaluate(PROJECT.program, project=PROJECT.name, stack=stack, config=given, secret_config=secret)


@pytest.fixture(scope="module")
def config(crds_folder: Path | None) -> dict[str, Any]:
    """The configuration of prod, with the definitions that are at hand."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    found = PROJECT.config("prod")
    found["dbaas:custom_resource_definitions"]["folder"] = str(crds_folder)
    return found


@pytest.fixture(scope="module")
def prod(config: dict[str, Any]) -> Graph:
    return graph_of(config)


def labels_of(resource: Resource) -> dict[str, str]:
    return resource.inputs.get("metadata", {}).get("labels") or {}


@pytest.fixture(scope="module", params=["dev", "prod"])
def stack(request: pytest.FixtureRequest, crds_folder: Path | None) -> Graph:
    """Both stacks, in turn."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not here: set DBAAS_CRDS to their folder")
    found = PROJECT.config(request.param)
    found["dbaas:custom_resource_definitions"]["folder"] = str(crds_folder)
    return graph_of(found, request.param)


def test_every_object_of_both_stacks_says_who_answers_for_it_and_who_pays(stack: Graph) -> None:
    unowned = [
        resource.name
        for resource in stack
        if resource.custom
        and resource.type.startswith("kubernetes:")
        # Definitions are their makers', and charts label what they make, from their values.
        and resource.kind not in {"CustomResourceDefinition", "Release"}
        and not all(labels_of(resource).get(key) for key in (OWNER, COST_CENTRE, ENVIRONMENT, TENANT))
    ]
    assert unowned == []


def test_every_cloud_resource_of_prod_that_can_bear_tags_says_who_pays(prod: Graph) -> None:
    bearing = [one for one in prod if one.type in {"aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:iam/role:Role"}]
    assert {one.type for one in bearing} == {"aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:iam/role:Role"}
    assert [one.name for one in bearing if not {"owner", "cost-centre"} <= set(one.inputs.get("tags", {}))] == []


DATABASES = {"PerconaXtraDBCluster", "PerconaServerMySQL", "PerconaServerMongoDB", "PerconaPGCluster"}
WHERE_COSTS_ARE = {
    "PerconaXtraDBCluster": {".pxc", ".haproxy", ".proxysql"},
    "PerconaServerMySQL": {".metadata"},
    "PerconaServerMongoDB": {
        ".replsets[]",
        ".replsets[].volumeSpec.persistentVolumeClaim",
        ".sharding.configsvrReplSet",
        ".sharding.configsvrReplSet.volumeSpec.persistentVolumeClaim",
        ".sharding.mongos",
    },
    "PerconaPGCluster": {".metadata"},
}
"""Where a custom resource says the labels of pods and of volume claims, as its definition has it. The claims of pxc and
ps take none: no field of those definitions reaches them."""


def parts(found: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of a custom resource's specification, with its path."""
    if isinstance(found, dict):
        yield path, found
        for key, value in found.items():
            yield from parts(value, f"{path}.{key}")
    elif isinstance(found, list):
        for item in found:
            yield from parts(item, f"{path}[]")


def test_pods_and_volume_claims_of_every_database_of_both_stacks_say_it_too(stack: Graph) -> None:
    databases = [resource for resource in stack if resource.kind in DATABASES]
    assert {database.kind for database in databases}
    for database in databases:
        owners = {key: labels_of(database)[key] for key in (OWNER, COST_CENTRE, ENVIRONMENT, TENANT)}
        said = {
            path: part.get("labels")
            for path, part in parts(database.inputs["spec"])
            if path in WHERE_COSTS_ARE[database.kind] and part.get("enabled") is not False
        }
        assert said
        for path, labels in said.items():
            assert owners.items() <= (labels or {}).items(), (database.name, path)


def test_every_claim_that_anything_of_both_stacks_makes_says_who_pays(stack: Graph) -> None:
    """Of databases see above; those of pxc and ps are labelled by a program of the platform in each region."""
    silent: list[str] = []
    for release in stack.all("Release"):
        for path, part in parts(release.inputs["values"]):
            if path.endswith((".volumeClaimTemplate", ".dataStorage", ".auditStorage")):
                labels = part.get("metadata", part).get("labels", {})
                if not {OWNER, COST_CENTRE} <= set(labels):
                    silent.append(f"{release.name}{path}")
    for claim in stack.all("PersistentVolumeClaim"):
        if not {OWNER, COST_CENTRE} <= set(labels_of(claim)):
            silent.append(claim.name)
    labelled = {one.provider for one in stack.all("CronJob") if one.name.endswith("claim-labels-cronjob")}
    for database in (*stack.all("PerconaXtraDBCluster"), *stack.all("PerconaServerMySQL")):
        if database.provider not in labelled:
            silent.append(database.name)
    assert silent == []


def test_a_database_of_prod_waits_for_its_operator_and_its_issuer(prod: Graph) -> None:
    found = {step.name: step for step in steps(prod)}
    names = {step.number: step.name for step in found.values()}
    assert {names[number] for number in found["reports"].after} == {"eu-west-1-backups", "eu-west-1-operators"}
    # And so for the issuer, and for a secret that came out of the store.
    before = {names[number] for number in found["eu-west-1-operators"].after}
    assert "eu-west-1-secret-store" in before
    assert found["eu-west-1-secret-store"].gates == ("a secret comes out of its store",)
    assert found["eu-west-1-operators"].gates[0].startswith("the operator of pg, 3.0.0, is available and its leader")


# Group of a kind to the chart that serves it, where no definition of the stack does.
SERVED_BY_CHARTS = {
    "external-secrets.io": "external-secrets",
    "generators.external-secrets.io": "external-secrets",
    "monitoring.coreos.com": "prometheus-operator-crds",
}
# Group of a kind to the chart of the controller that acts on its objects.
CONTROLLERS = {
    "cert-manager.io": "cert-manager",
    "external-secrets.io": "external-secrets",
    "generators.external-secrets.io": "external-secrets",
    "monitoring.coreos.com": "kube-prometheus-stack",
    "pxc.percona.com": "pxc-operator",
    "psmdb.percona.com": "psmdb-operator",
    "pgv2.percona.com": "pg-operator",
}


def all_before(graph: Graph, resource: Resource) -> list[Resource]:
    """What the engine makes before a resource, and deletes after it: what it and all above it depend on."""
    seen: set[str] = set()
    waiting = [resource]
    while waiting:
        one = waiting.pop()
        above = [one.parent] if one.parent and one.parent != graph.stack.urn else []
        for urn in (*one.dependencies, *above):
            if urn not in seen and urn in graph:
                seen.add(urn)
                waiting.append(graph[urn])
    return [graph[urn] for urn in seen]


def groups_of(stack: Graph) -> Iterator[tuple[Resource, str]]:
    """Every object of a kind that Kubernetes does not have by itself, with its group."""
    for resource in stack:
        group, slash, _ = resource.inputs.get("apiVersion", "").partition("/")
        if slash and "." in group and not group.endswith(".k8s.io"):
            yield resource, group


def test_an_up_from_empty_makes_no_object_before_its_kind_is_served(stack: Graph) -> None:
    unserved: list[str] = []
    checked: set[str] = set()
    for resource, group in groups_of(stack):
        before = all_before(stack, resource)
        defined = {one.inputs["spec"]["group"] for one in before if one.kind == "CustomResourceDefinition"}
        charts = {one.inputs["chart"] for one in before if one.kind == "Release"}
        checked.add(group)
        if group not in defined and SERVED_BY_CHARTS.get(group) not in charts:
            unserved.append(resource.name)
    assert unserved == []
    assert checked >= {"cert-manager.io", "pxc.percona.com", "ps.percona.com", "psmdb.percona.com", "pgv2.percona.com"}


def test_a_destroy_takes_every_object_before_the_controller_that_ends_it(stack: Graph) -> None:
    outlived: list[str] = []
    for resource, group in groups_of(stack):
        before = all_before(stack, resource)
        if group == "ps.percona.com":
            # Its operator has no chart here.
            there = any(one.kind == "Deployment" and "ps" in one.name for one in before)
        else:
            charts = {one.inputs["chart"].rpartition("/")[2] for one in before if one.kind == "Release"}
            there = CONTROLLERS[group] in charts
        if not there:
            outlived.append(resource.name)
    assert outlived == []


def test_tiers_zones_and_owner_reach_the_databases_of_prod(prod: Graph) -> None:
    billing = prod.one("PerconaXtraDBCluster", "billing-eu-west-1-database")
    claim = billing.inputs["spec"]["pxc"]["volumeSpec"]["persistentVolumeClaim"]
    assert claim["storageClassName"] == "dbaas-high"
    assert "eu-west-1b" in str(billing.inputs["spec"]["pxc"]["affinity"])
    assert labels_of(billing)[TENANT] == "finance"


GUIDE = (PROJECT.folder / "docs" / "settings.md").read_text()
(GOOGLE,) = re.findall(r"```yaml\n( *kubernetes: gke\n.*?)```", GUIDE, flags=re.DOTALL)


def test_every_database_of_prod_backs_up_to_its_regions_bucket(prod: Graph) -> None:
    found = {
        region: set(prod.one("BackupBucket", f"{region}-backups").outputs["prefixes"])
        for region in ("eu-west-1", "eu-central-1")
    }
    sites = {
        region: {"psmdb/shop/catalog", f"pxc/finance/billing-{region}", f"ps/finance/ledger-{region}"}
        for region in found
    }
    assert found == {
        "eu-west-1": {*sites["eu-west-1"], "pg/analytics/reports"},
        # One archive for both sites of orders, which outlives the region of its first primary.
        "eu-central-1": {*sites["eu-central-1"], "pg/shop/orders"},
    }
    told = {f"{name}-{region}" for name in ("orders", "catalog", "billing", "ledger") for region in found}
    assert {one.name for one in prod.all("DatabaseAlerts")} == {"reports", *told}


def test_another_cloud_is_another_block(config: dict[str, Any]) -> None:
    changed = copy.deepcopy(config)
    changed["dbaas:cloud"] = yaml.safe_load(GOOGLE)
    before, after = graph_of(config), graph_of(changed)
    clouds = ("aws:", "gcp:")
    kept = {one.urn for one in before if not one.type.startswith(clouds)}
    assert kept == {one.urn for one in after if not one.type.startswith(clouds)}
    assert {one.type.partition(":")[0] for one in after} & {"aws", "gcp"} == {"gcp"}
    assert {one.inputs["provisioner"] for one in before.all("StorageClass")} == {"ebs.csi.aws.com"}
    assert {one.inputs["provisioner"] for one in after.all("StorageClass")} == {"pd.csi.storage.gke.io"}


def test_the_further_region_signs_with_the_first_ones_root_and_has_no_pmm(prod: Graph) -> None:
    further = [one for one in prod if one.name.startswith("eu-central-1-")]
    assert [one.name for one in further if one.kind == "Pmm"] == []
    # An authority for each namespace of ps, signed by the root; no root of its own.
    certificates = [one.inputs["spec"]["issuerRef"] for one in further if one.kind == "Certificate"]
    assert certificates == [{"name": "dbaas-ca", "kind": "ClusterIssuer", "group": "cert-manager.io"}]
    assert prod.one("ClusterIssuer", "eu-central-1-certificate-authority-issuer").inputs["spec"] == {
        "ca": {"secretName": "dbaas-ca-root"}
    }


def databases_of_prod() -> list[dict[str, Any]]:
    return copy.deepcopy(PROJECT.config("prod")["dbaas:databases"])


def test_what_is_wrong_with_a_bucket_is_told_once() -> None:
    told = refused(cloud={"kubernetes": "eks", "buckets": {"name": "X", "regions": {"eu-west-2": {}}}})
    buckets = {f"dbaas:cloud.buckets ({region}) bucket" for region in ("eu-west-1", "eu-central-1")}
    assert set(told) == {"dbaas:cloud.buckets.regions.eu-west-2", *buckets}


def refused(**changed: Any) -> dict[str, str]:
    found = {**PROJECT.config("prod"), **{f"dbaas:{key}": value for key, value in changed.items()}}
    with pytest.raises(SpecError) as caught:
        parse("prod", {key: value for key, value in found.items() if value is not None})
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_platform_without_an_owner_is_refused() -> None:
    assert refused(ownership=None) == {
        "dbaas:ownership": "is required where the stack makes a platform; write owner, cost_centre and environment"
    }
    assert "dbaas:ownership.cost_centre" in refused(ownership={"owner": "a", "environment": "b"})


def test_a_platform_whose_definitions_would_not_be_there_is_refused() -> None:
    assert refused(custom_resource_definitions={}) == {
        "dbaas:custom_resource_definitions.software": "lacks cert-manager, which the platform installs; add it"
    }


def test_external_secrets_without_its_definitions_is_refused_with_both_ways_out() -> None:
    platform = {**PROJECT.config("prod")["dbaas:platform"], "external_secrets": {}}
    assert refused(platform=platform) == {
        "dbaas:custom_resource_definitions.software": (
            "lacks external-secrets, which the platform installs; add it, or write definitions: chart in "
            "external_secrets"
        )
    }


def test_what_is_wrong_with_a_part_is_told_where_it_was_written() -> None:
    found = PROJECT.config("prod")
    regions = copy.deepcopy(found["dbaas:regions"])
    regions[1]["platform"]["certificate_authority"]["existing"] = "x"
    told = refused(
        regions=regions,
        platform={**found["dbaas:platform"], "cert_manger": {}, "operators": {"replicas": 0}},
        cloud={**found["dbaas:cloud"], "tiers": {"highest": {}}},
    )
    assert set(told) == {
        "dbaas:platform.cert_manger",
        "dbaas:platform.operators.replicas",
        "dbaas:regions[1].platform.certificate_authority.existing",
        "dbaas:cloud.tiers.highest",
    }


def test_a_tier_that_the_cloud_does_not_have_is_refused() -> None:
    databases = [{key: value for key, value in one.items() if key != "backup"} for one in databases_of_prod()]
    cloud = {"kubernetes": "on_premises", "tiers": {"high": "nvme"}}
    told = refused(cloud=cloud, databases=databases, topologies=None)
    assert told == {
        "dbaas:databases[0].storage.tier": '"medium" has no StorageClass here (mapped: high); add it to storage_tiers',
    }
