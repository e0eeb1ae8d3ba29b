"""Namespaces, storage tiers and priority classes as a program registers them."""

from __future__ import annotations

import pytest

from dbaas_components.bootstrap.namespaces import Namespaces
from dbaas_components.bootstrap.priority_classes import PriorityClasses
from dbaas_components.bootstrap.storage_tiers import StorageTiers
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import evaluate

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


def test_a_namespace_has_its_security_level_and_owner_and_is_protected() -> None:
    def program() -> None:
        Namespaces(
            "main",
            {
                "namespaces": [
                    {"name": "shop", "tenant": "shop", "quota": {"requests.cpu": "40"}, "isolated": True},
                    {"name": "agents", "security": "privileged", "deletion_protection": False},
                ],
                "ownership": OWNERSHIP,
            },
        )

    graph = evaluate(program)
    shop, agents = graph.one("Namespace", "main-shop"), graph.one("Namespace", "main-agents")
    labels = shop.inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"
    assert labels["dbaas-components.io/tenant"] == "shop"
    assert agents.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert (shop.protect, agents.protect) == (True, False)
    for inside in (graph.one("ResourceQuota"), graph.one("NetworkPolicy")):
        assert inside.inputs["metadata"]["namespace"] == "shop"
        assert inside.dependencies == (shop.urn,)
        assert inside.inputs["metadata"]["labels"]["dbaas-components.io/tenant"] == "shop"


def test_classes_that_cannot_be_changed_are_made_anew_under_their_name() -> None:
    def program() -> None:
        StorageTiers("storage", {"cloud": {"kubernetes": "eks"}, "ownership": OWNERSHIP})
        PriorityClasses("priorities", {"ownership": OWNERSHIP})

    graph = evaluate(program)
    for one in (*graph.all("StorageClass"), *graph.all("PriorityClass")):
        assert one.delete_before_replace
        assert one.replace_on_changes
    assert graph.one("StorageTiers").outputs["names"] == {
        "high": "dbaas-high",
        "medium": "dbaas-medium",
        "low": "dbaas-low",
    }
    values = [one.inputs["value"] for one in graph.all("PriorityClass")]
    assert len(set(values)) == 3
    assert max(values) <= 1_000_000_000


def test_storage_that_another_stack_makes_is_only_named() -> None:
    def program() -> None:
        StorageTiers("storage", {"cloud": {"kubernetes": "gke"}, "ownership": OWNERSHIP, "make": False})

    graph = evaluate(program)
    assert graph.all("StorageClass") == ()
    assert set(graph.one("StorageTiers").outputs["names"]) == {"high", "medium", "low"}


@pytest.mark.parametrize("missing", ["owner", "cost_centre", "environment"])
def test_who_answers_and_who_pays_has_to_be_said(missing: str) -> None:
    ownership = {key: value for key, value in OWNERSHIP.items() if key != missing}
    with pytest.raises(SpecError, match=rf"ownership\.{missing}: is required and was not given; add it"):
        PriorityClasses("priorities", {"ownership": ownership})


def test_all_that_is_wrong_is_told_before_anything_is_registered() -> None:
    def program() -> None:
        with pytest.raises(SpecError) as caught:
            Namespaces(
                "main",
                {
                    "namespaces": [{"name": "Shop"}, {"name": "a", "security": "open"}],  # type: ignore[typeddict-item]
                    "ownership": {**OWNERSHIP, "owner": ""},
                    "colour": "red",  # type: ignore[typeddict-unknown-key]
                },
            )
        assert [problem.path for problem in caught.value.problems] == [
            "namespaces[0].name",
            "namespaces[1].security",
            "ownership.owner",
            "colour",
        ]

    assert evaluate(program).resources == ()
