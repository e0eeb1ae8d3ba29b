"""Evaluate any Pulumi program in this process, without engine or network, and ask what it would register.

    graph = evaluate(lambda: ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"}))
    assert graph.one("PerconaPGCluster").protect

See `docs/evaluate.md`.
"""

from dbaas_components.evaluate.answers import Answer, Question
from dbaas_components.evaluate.errors import DuplicateUrnError, EvaluationError, ResourceLookupError, UnansweredError
from dbaas_components.evaluate.graph import Graph, Message
from dbaas_components.evaluate.resource import Alias, Resource
from dbaas_components.evaluate.run import evaluate
from dbaas_components.evaluate.text import snapshot
from dbaas_components.evaluate.values import UNKNOWN, Asset, Reference, Secret, Unknown

__all__ = [
    "UNKNOWN",
    "Alias",
    "Answer",
    "Asset",
    "DuplicateUrnError",
    "EvaluationError",
    "Graph",
    "Message",
    "Question",
    "Reference",
    "Resource",
    "ResourceLookupError",
    "Secret",
    "UnansweredError",
    "Unknown",
    "evaluate",
    "snapshot",
]
