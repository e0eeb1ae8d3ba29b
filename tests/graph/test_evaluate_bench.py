"""The benchmark compares like with like."""

from __future__ import annotations

from dbaas_components.evaluate import Graph, evaluate
from tests.bench import plain_sdk
from tests.bench.evaluate import exponents
from tests.bench.programs import by_hand, with_components


def leaves(graph: Graph) -> dict[str, object]:
    # Hooks are what is bought with a component: whoever writes objects by hand has none.
    return {
        leaf.name: (leaf.type, leaf.inputs, {key: value for key, value in leaf.options().items() if key != "hooks"})
        for leaf in graph
        if leaf.custom
    }


def test_both_programs_register_the_same_leaves_with_the_same_options():
    through_components, through_hands = evaluate(with_components(8)), evaluate(by_hand(8))
    assert leaves(through_components) == leaves(through_hands)
    assert len(leaves(through_components)) == 8
    assert len(through_components) == 16
    assert plain_sdk.run(by_hand(8)) == 8


def test_fully_specified_databases_register_the_same_objects_too():
    # Not the same options: fields that operators write are left out of comparison by components alone.
    def objects(graph: Graph) -> dict[str, object]:
        return {one.name: (one.type, one.inputs, one.options().get("protect")) for one in graph if one.custom}

    through_components, through_hands = evaluate(with_components(8, full=True)), evaluate(by_hand(8, full=True))
    assert objects(through_components) == objects(through_hands)
    assert len(objects(through_components)) >= 16


def test_the_exponent_of_a_known_growth_is_found():
    rows = [{"variant": "plain", "size": size, "cpu_seconds": 0.002 * size**1.5} for size in (100, 300, 1000)]
    assert exponents(rows) == {"plain": 1.5}
