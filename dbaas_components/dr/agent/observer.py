"""`FailoverObserver`: the third vantage point of a topology that promotes without a person."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.databases.spec.part import Part
from dbaas_components.dr.agent.component import endpoint_problems, name_problems, publish_plan
from dbaas_components.dr.agent.manifests import OBSERVER, AgentPlan
from dbaas_components.dr.failover.access import lease_name
from dbaas_components.dr.failover.document import TopologyDocument, parse_document
from dbaas_components.errors import Problem, SpecError
from dbaas_components.ownership import Ownership


class FailoverObserverArgs(TypedDict):
    """Arguments of `FailoverObserver`."""

    topology: Mapping[str, Any]
    """The topology's document, as `dbaas dr` reads it, with `automatic: true`."""
    image: str
    """The agents' image."""
    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    endpoints: Mapping[str, str]
    """By region, `host:port` of the database, as the witness reaches it."""


class FailoverObserverSpec(Part):
    """The arguments of `FailoverObserver`, checked."""

    topology: dict[str, Any]
    image: str
    ownership: Ownership
    endpoints: dict[str, str]


class FailoverObserver(Component):
    """Looks from the witness whether the primary answers, and votes; it changes nothing else. Opt-in.

    The provider has to be the witness's, and its namespace, that of the document, has to be there.
    """

    def __init__(self, name: str, args: FailoverObserverArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        subject = f'failover observer "{name}"'
        spec = parse_arguments(FailoverObserverSpec, subject, args)
        # As it was given: a field of a role may be none, which arguments leave out.
        document = parse_document(args["topology"], subject=subject)
        problems = [*name_problems(name), *observer_problems(spec, document)]
        if problems:
            raise SpecError(subject, problems)
        self.begin(name, opts)
        publish_plan(self, observer_plan(name, spec, document))


@dataclass(frozen=True, slots=True)
class ObserverPlan(AgentPlan):
    """The observer in the witness: an agent's program with an agent's pod, and fewer rights."""

    @property
    def namespace(self) -> str:
        """The lease's."""
        assert self.document.witness is not None, "the problems of the arguments name it"
        return self.document.witness.namespace

    def rules(self) -> list[dict[str, Any]]:
        """To read the one Lease, and to write its own vote."""
        topology = self.document.topology
        vote = {"resources": ["configmaps"], "resourceNames": [f"dbaas-dr-{topology}-vote-{OBSERVER}"]}
        lease = {"resources": ["leases"], "resourceNames": [lease_name(topology)]}
        return [
            {"apiGroups": [""], **vote, "verbs": ["create", "patch"]},
            *([] if self.document.lease else [{"apiGroups": ["coordination.k8s.io"], **lease, "verbs": ["get"]}]),
        ]


def observer_plan(name: str, spec: FailoverObserverSpec, document: TopologyDocument) -> ObserverPlan:
    """The objects of the arguments."""
    return ObserverPlan(
        name=name,
        region=OBSERVER,
        document=document,
        image=spec.image,
        labels=spec.ownership.labels(component="dr-observer", instance=name),
        endpoints=spec.endpoints,
    )


def observer_problems(spec: FailoverObserverSpec, document: TopologyDocument) -> Iterable[Problem]:
    """What does not fit together."""
    if document.witness is None:
        message = "names no witness, and votes are kept there; add one to the topology's document"
        yield Problem("topology.witness", message)
    if not document.automatic:
        message = "is not true, and nobody counts votes where a person approves; set it, or leave the observer out"
        yield Problem("topology.automatic", message)
    for region in document.roles:
        if region not in spec.endpoints:
            message = "is required: an endpoint that nobody names is taken for healthy; write its host:port"
            yield Problem(f"endpoints.{region}", message)
    yield from endpoint_problems(spec.endpoints, document)
