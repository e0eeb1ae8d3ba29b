"""The team's example and what it reads of the platform: typed, and refused early where it does not fit."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.errors import SpecError
from dbaas_components.evaluate import Graph, Secret, UnansweredError, evaluate
from dbaas_components.platform_reference import CONTRACT_VERSION, PlatformRef

EXAMPLE = Path(__file__).resolve().parents[2] / "stacks" / "team_example"
STACK = "acme/dbaas/prod"
REGION = {
    "context": "dbaas-prod-eu-west-1",
    "storage_tiers": {"medium": "dbaas-medium"},
    "operator_namespaces": {"pg": ["pg-operator"]},
    "issuers": {"cluster": "dbaas-ca"},
    "pmm_host": None,
    "zones": ["eu-west-1a", "eu-west-1b"],
    "something_newer": True,
}
PLATFORM: dict[str, Any] = {"contract_version": CONTRACT_VERSION, "platform": {"eu-west-1": REGION}}


def example(exports: dict[str, Any], **config: str) -> Graph:
    settings = {"platform": STACK, "region": "eu-west-1", **config}
    return evaluate(EXAMPLE, project="shop", stack="prod", config=settings, stack_references={STACK: exports})


def changed(**region: Any) -> dict[str, Any]:
    exports = copy.deepcopy(PLATFORM)
    exports["platform"]["eu-west-1"] |= region
    return exports


def read(exports: dict[str, Any], **arguments: Any) -> PlatformRef:
    found: list[PlatformRef] = []

    async def program() -> None:
        found.append(await PlatformRef.read(STACK, **arguments))

    evaluate(program, stack_references={STACK: exports})
    return found[0]


def test_the_example_takes_under_forty_lines() -> None:
    assert len((EXAMPLE / "__main__.py").read_text().splitlines()) < 40


def test_the_example_puts_its_database_where_the_platform_says() -> None:
    graph = example(PLATFORM)
    assert graph.one("kubernetes", "cluster").inputs["context"] == "dbaas-prod-eu-west-1"
    database = graph.one("PerconaPGCluster").inputs["spec"]["instances"][0]
    assert database["dataVolumeClaimSpec"]["storageClassName"] == "dbaas-medium"
    assert "eu-west-1b" in str(database["affinity"])
    assert set(graph.exports) == {"write", "credentials"}


@pytest.mark.parametrize(
    ("exports", "message"),
    [
        ({}, "contract_version: is not exported: the platform is older than contracts"),
        ({**PLATFORM, "contract_version": 0}, "contract_version: 0 is too old, at least 1 is needed"),
        ({**PLATFORM, "contract_version": "one"}, 'contract_version: "one" is not a whole number'),
        ({**PLATFORM, "contract_version": True}, "contract_version: True is not a whole number"),
        ({"contract_version": 1}, "platform: null is no region at all"),
        ({**PLATFORM, "platform": Secret(PLATFORM["platform"])}, "platform: is secret"),
        (changed(storage_tiers="fast"), "platform.eu-west-1.storage_tiers"),
        (changed(operator_namespaces={"pxc": ["o"]}), 'engine: "pg" has no operator in eu-west-1; choose pxc'),
        ({**PLATFORM, "platform": {"eu-central-1": REGION}}, '"eu-west-1" is no region of this platform'),
    ],
)
def test_a_platform_that_does_not_fit_is_refused_before_any_database(exports: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        example(exports)
    assert message in str(refused.value)
    assert STACK in str(refused.value)


def test_nothing_but_the_reference_is_registered_before_the_refusal() -> None:
    asked: list[str] = []

    def note(question: Any) -> dict[str, Any]:
        asked.append(question.token)
        return {}

    with pytest.raises(SpecError):
        evaluate(
            EXAMPLE,
            project="shop",
            config={"platform": STACK},
            stack_references={STACK: {**PLATFORM, "contract_version": 0}},
            outputs={"*": note},
        )
    assert asked == []


def test_a_stack_that_is_not_there_is_named() -> None:
    with pytest.raises(UnansweredError, match=STACK):
        evaluate(EXAMPLE, project="shop", config={"platform": STACK})


def test_the_only_region_need_not_be_named_and_one_of_several_must_be() -> None:
    assert read(PLATFORM).region == "eu-west-1"
    two = {**PLATFORM, "platform": {"a": REGION, "b": REGION}}
    assert read(two, region="b").region == "b"
    with pytest.raises(SpecError, match="has several; choose a, b"):
        read(two)


def test_a_newer_platform_is_read_and_a_newer_contract_can_be_asked_for() -> None:
    assert read({**PLATFORM, "contract_version": 7.0}).contract_version == 7
    with pytest.raises(SpecError, match="1 is too old, at least 2"):
        read(PLATFORM, oldest=2)
