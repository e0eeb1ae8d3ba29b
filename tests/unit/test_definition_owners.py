"""Definitions that another tool manages are told from those that nobody comes back to."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.definition_owners import owner_problem

NAME = "perconapgclusters.pgv2.percona.com"


def problem(**metadata: Any) -> str | None:
    return owner_problem({"name": NAME, **metadata})


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        (
            {"annotations": {"meta.helm.sh/release-name": "pg", "meta.helm.sh/release-namespace": "ops"}},
            "Helm release ops/pg",
        ),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "crds:x/y:z"}}, "Argo CD application crds:x/y:z"),
        ({"labels": {"argocd.argoproj.io/instance": "crds"}}, "Argo CD application crds"),
        (
            {"labels": {"kustomize.toolkit.fluxcd.io/name": "a", "kustomize.toolkit.fluxcd.io/namespace": "b"}},
            "Flux Kustomization b/a",
        ),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "a"}}, "Flux HelmRelease a"),
        ({"labels": {"olm.managed": "true"}}, "Operator Lifecycle Manager true"),
    ],
)
def test_what_a_tool_manages_is_told_with_its_owner_and_the_way_out(metadata: dict[str, Any], owner: str) -> None:
    sentence = problem(**metadata)
    assert sentence is not None
    assert sentence.startswith(f"definition {NAME} belongs to {owner}, which would set it back")
    assert "take_over: true" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"labels": None, "annotations": None},
        {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        {
            "labels": {"app.kubernetes.io/managed-by": "dbaas-components"},
            "annotations": {"meta.helm.sh/release-name": ""},
        },
    ],
)
def test_what_was_applied_once_is_taken(metadata: dict[str, Any]) -> None:
    assert problem(**metadata) is None
