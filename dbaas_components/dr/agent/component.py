"""`FailoverAgent`: the agent of one region of a topology."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.databases.spec.part import Line, Part
from dbaas_components.dr.agent.channel_lag import CLUSTER_SET_CHANNEL
from dbaas_components.dr.agent.manifests import AgentPlan, LagPlan, WitnessSecret
from dbaas_components.dr.failover.document import TopologyDocument, parse_document
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.ownership import Ownership


class FailoverAgentArgs(TypedDict):
    """Arguments of `FailoverAgent`."""

    topology: Mapping[str, Any]
    """The topology's document, as `dbaas dr` reads it."""
    region: str
    """The region that it is the agent of; the provider has to be that region's."""
    image: str
    """An image made of `dr/agent/image/Containerfile`, in a registry of yours."""
    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    witness_secret: NotRequired[str]
    """Secret with the kubeconfig for the witness, key `kubeconfig`; required where the lease is there."""
    endpoints: NotRequired[Mapping[str, str]]
    """By region, `host:port` of the database; needed for automatic promotion."""
    lag: NotRequired[Mapping[str, Any]]
    """pxc and ps: has the agent measure its site's lag by SQL over TLS. `hosts` of all pods, `secret` with the password
    (key: the user's name), `authority_secret` with `ca.crt`; `user`, default `monitor`; `port`, default 3306."""


class LagSettings(Part):
    """How the agent of a MySQL site measures the lag."""

    hosts: Annotated[list[Line], Field(min_length=1)]
    secret: Line
    authority_secret: Line
    user: Line = "monitor"
    port: Annotated[int, Field(ge=1, le=65_535)] = 3306


class FailoverAgentSpec(Part):
    """The arguments of `FailoverAgent`, checked."""

    topology: dict[str, Any]
    region: str
    image: str
    ownership: Ownership
    witness_secret: str | None = None
    endpoints: dict[str, str] = {}
    lag: LagSettings | None = None


class FailoverAgent(Component):
    """Renews the lease, fences its site when it cannot, and carries out what a person approved; one for each region."""

    def __init__(self, name: str, args: FailoverAgentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        subject = f'failover agent "{name}"'
        spec = parse_arguments(FailoverAgentSpec, subject, args)
        document = parse_document(spec.topology, subject=subject)
        problems = agent_problems(spec, document)
        if problems:
            raise SpecError(subject, problems)
        self.begin(name, opts)
        *needed, pod = agent_plan(name, spec, document).objects()
        before = [KubernetesObject(self.child_name(one["kind"].lower()), one, self.child_options()) for one in needed]
        options = self.child_options(depends_on=before)
        self.publish(KubernetesObject(self.child_name("statefulset"), pod, options))


def agent_plan(name: str, spec: FailoverAgentSpec, document: TopologyDocument) -> AgentPlan:
    """The objects of the arguments."""
    return AgentPlan(
        name=name,
        region=spec.region,
        document=document,
        image=spec.image,
        labels=spec.ownership.labels(component="dr-agent", instance=name),
        witness=WitnessSecret(spec.witness_secret) if spec.witness_secret else None,
        endpoints=spec.endpoints,
        lag=LagPlan(**spec.lag.model_dump(), channel=channel_of(document)) if spec.lag else None,
    )


def channel_of(document: TopologyDocument) -> str:
    """The replication channel of a standby; empty where the engine has none."""
    if document.engine == "ps":
        return CLUSTER_SET_CHANNEL
    fields = [one for table in document.roles.values() for role in table["roles"].values() for one in role]
    found = [one["value"] for one in fields if one["path"] == "spec.pxc.replicationChannels"]
    return str(found[0][0]["name"]) if document.engine == "pxc" and found else ""


def agent_problems(spec: FailoverAgentSpec, document: TopologyDocument) -> list[Problem]:
    """What does not fit together."""
    problems: list[Problem] = []
    if spec.region not in document.roles:
        message = f'"{spec.region}" is no region of the topology; its regions are {", ".join(document.roles)}'
        problems.append(Problem("region", message))
    if document.lease is None and not spec.witness_secret:
        message = "is required where the lease is in the witness; name the Secret with its kubeconfig"
        problems.append(Problem("witness_secret", message))
    if document.automatic and (document.witness is None or not spec.endpoints):
        message = "are required for automatic promotion, with a witness: two vantage points have to see the primary"
        problems.append(Problem("endpoints", message))
    if spec.lag and document.engine not in ("pxc", "ps"):
        message = f"is measured by SQL of pxc and ps alone, and this is {document.engine}; leave it out"
        problems.append(Problem("lag", message))
    return problems
