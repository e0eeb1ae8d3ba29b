"""Requirements on the resources of a program: one set of rules for `dbaas check`, for tests and for Pulumi's engine.

    graph = evaluate(Path("stacks"), config=...)
    assert_policy(graph)

See `docs/policy.md` for every rule.
"""

from dbaas_components.policy.checking import Finding, PolicyError, Report, assert_policy, check
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item
from dbaas_components.policy.rule import Examples, Rule, Severity, Violation
from dbaas_components.policy.waivers import Waiver, read_waivers

__all__ = [
    "Examples",
    "Finding",
    "Inventory",
    "Item",
    "PolicyError",
    "Report",
    "Rule",
    "Severity",
    "Violation",
    "Waiver",
    "assert_policy",
    "check",
    "read_waivers",
]
