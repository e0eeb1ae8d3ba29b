"""With a mirror set, no image comes from anywhere else: not from a chart's values, nor from what a chart would choose
where nothing is said, nor from an object or a custom resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.cert_manager import CertManager
from dbaas_components.bootstrap.charts import values as chart_values
from dbaas_components.bootstrap.coroot.component import Coroot
from dbaas_components.bootstrap.external_secrets import ExternalSecrets
from dbaas_components.bootstrap.monitoring import MonitoringStack
from dbaas_components.bootstrap.operators.component import Operators
from dbaas_components.bootstrap.pmm.component import Pmm
from dbaas_components.bootstrap.pmm.tokens import PmmTokens
from dbaas_components.bootstrap.vault.component import Vault
from dbaas_components.evaluate import Graph, evaluate

MIRROR = "mirror.example.com/dbaas"
RELEASE = "kubernetes:helm.sh/v3:Release"
OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
COMMON: Any = {"ownership": OWNERSHIP, "sources": {"mirror": MIRROR}}
TOKENS: Any = {
    **COMMON,
    "server": "https://monitoring-service.pmm",
    "consumers": [{"namespace": "shop", "database": "orders", "engine": "pxc"}],
}
JOB_PASSWORD: Any = {**COMMON, "admin_from": "job"}
VAULT: Any = {
    **COMMON,
    "seal": {"aws_kms": {"key": "alias/vault", "region": "eu-west-1"}, "recovery_keys": "plain_in_a_secret"},
    "consumers": {"keys": [{"namespace": "shop", "database": "orders", "engine": "pxc"}]},
    "snapshots": {"s3": {"bucket": "vault", "region": "eu-west-1"}},
}
HASHICORP: Any = {**VAULT, "software": "vault"}
MONITORING: Any = {**COMMON, "node_exporter": True, "grafana": {"admin_secret": "grafana"}}

PROGRAMS: Mapping[str, Callable[[], object]] = {
    "cert-manager": lambda: CertManager("cert-manager", COMMON),
    "external-secrets": lambda: ExternalSecrets("external-secrets", COMMON),
    "operators": lambda: Operators("operators", COMMON),
    "pmm": lambda: Pmm("pmm", JOB_PASSWORD),
    "tokens": lambda: PmmTokens("tokens", TOKENS),
    "coroot": lambda: Coroot("coroot", JOB_PASSWORD),
    "openbao": lambda: Vault("openbao", VAULT),
    "vault": lambda: Vault("vault", HASHICORP),
    "monitoring": lambda: MonitoringStack("monitoring", MONITORING),
}
"""Each part of the platform that installs a chart or starts a pod. Add the part here that brings a new one."""

CHARTS_ALONE = frozenset({"cert-manager", "external-secrets", "monitoring"})
"""Parts whose pods are all of a chart's."""
UNUSED: Mapping[str, frozenset[str]] = {
    # Of each image the registry is `imageRegistry` unless one of these is given.
    "cert-manager": frozenset(
        f"{part}image.{field}"
        for part in ("", "acmesolver.", "cainjector.", "startupapicheck.", "webhook.")
        for field in ("registry", "repository")
    ),
    # It would go before those of the single parts.
    "external-secrets": frozenset({"global.repository"}),
    # Switched off.
    "vault": frozenset(
        {"csi.agent.image.repository", "csi.image.repository", "injector.agentImage.repository"}
        | {"injector.image.repository"}
    ),
    "openbao": frozenset(
        f"{part}.{field}"
        for part in ("csi.agent.image", "csi.image", "injector.agentImage", "injector.image", "snapshotAgent.image")
        for field in ("registry", "repository")
    ),
    # Each image is told its own; cert-manager issues the webhook's certificate.
    "kube-prometheus-stack": frozenset(
        {"global.imageRegistry"}
        | {
            f"prometheusOperator.admissionWebhooks.{part}.image.{field}"
            for part in ("patch", "deployment")
            for field in ("registry", "repository")
        }
    ),
    "kube-state-metrics": frozenset(
        {"global.imageRegistry", "kubeRBACProxy.image.registry", "kubeRBACProxy.image.repository"}
    ),
    # `image` goes before it.
    "pxc-operator": frozenset({"operatorImageRepository"}),
    "pg-operator": frozenset({"operatorImageRepository"}),
}
"""Values that name an image and that a chart does not look at, given the others."""
WITHOUT_IMAGES = frozenset({"prometheus-operator-crds"})
"""Charts of definitions alone."""
NAMES_AN_IMAGE = frozenset({"image", "repository", "registry", "imageRegistry", "operatorImageRepository"})
KNOWN = sorted(path.stem for path in chart_values._FOLDER.glob("*.yaml"))  # pyright: ignore[reportPrivateUsage]


def graph(part: str) -> Graph:
    def program() -> None:
        PROGRAMS[part]()

    return evaluate(program)


@pytest.fixture(scope="module")
def releases() -> dict[str, Mapping[str, Any]]:
    """Chart to the values that the platform gives it."""
    found: dict[str, Mapping[str, Any]] = {}
    for part in PROGRAMS:
        for release in graph(part).all(RELEASE):
            found[str(release.inputs["chart"]).rpartition("/")[2]] = release.inputs["values"]
    return found


def named(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every leaf that names an image."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            where = f"{path}.{key}" if path else str(key)
            if key in NAMES_AN_IMAGE and not isinstance(value, Mapping):
                yield where, value
            else:
                yield from named(value, where)
    elif isinstance(tree, list | tuple):
        for number, value in enumerate(tree):
            yield from named(value, f"{path}[{number}]")


@pytest.mark.parametrize("chart", KNOWN)
def test_every_image_that_a_chart_can_be_told_is_the_mirrors(chart, releases):
    if chart not in releases:
        pytest.skip(f"nothing in PROGRAMS installs {chart}")
    known = yaml.safe_load((chart_values._FOLDER / f"{chart}.yaml").read_text())  # pyright: ignore[reportPrivateUsage]
    wanted = {path for path, kind in named(known) if kind in ("text", "any")} - UNUSED.get(chart, frozenset())
    given = dict(named(releases[chart]))
    assert bool(wanted) != (chart in WITHOUT_IMAGES), (
        f"{chart} is told no image at all: does known/{chart}.yaml name its values?"
    )
    # Where a chart takes registry and repository apart, the repository is no full name.
    apart = {path for path in wanted if path.replace("repository", "registry") in given and path.endswith("repository")}
    assert {path for path in wanted - apart if not str(given.get(path)).startswith(f"{MIRROR}/")} == set()


@pytest.mark.parametrize("part", PROGRAMS)
def test_every_image_of_an_object_is_the_mirrors(part):
    images = {
        (one.name, path): value["name"] if isinstance(value, Mapping) else value
        for one in graph(part).resources
        if one.type.startswith("kubernetes:") and one.type != RELEASE
        for path, value in images_of(one.inputs)
    }
    assert {where for where, image in images.items() if not str(image).startswith(f"{MIRROR}/")} == set()
    assert images or part in CHARTS_ALONE


def images_of(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every `image` of pods and of custom resources."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key == "image":
                yield f"{path}.{key}", value
            else:
                yield from images_of(value, f"{path}.{key}")
    elif isinstance(tree, list | tuple):
        for number, value in enumerate(tree):
            yield from images_of(value, f"{path}[{number}]")


def test_charts_come_from_the_mirror_too():
    for part in PROGRAMS:
        for release in graph(part).all(RELEASE):
            assert str(release.inputs["chart"]).startswith(f"oci://{MIRROR}/charts/")
            # Helm would look elsewhere for a chart that it is told a repository of.
            assert not (release.inputs.get("repositoryOpts") or {}).get("repo")


def test_coroots_operator_looks_for_versions_in_the_mirror(releases):
    assert releases["coroot-operator"]["registry"]["url"] == f"https://{MIRROR}/ghcr.io/coroot"
