"""`FailoverAgent`: the agent of one region of a topology."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, NotRequired, TypedDict

import pulumi
from pydantic import Field

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.databases.spec.part import Line, Part
from dbaas_components.dr.agent.channel_lag import CLUSTER_SET_CHANNEL
from dbaas_components.dr.agent.lag_manifests import LagPlan, MemberLagPlan
from dbaas_components.dr.agent.manifests import AgentPlan, WitnessSecret
from dbaas_components.dr.failover.document import TopologyDocument, parse_document
from dbaas_components.errors import Problem, SpecError
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.naming import DNS_LABEL_LIMIT, dns_label_problem
from dbaas_components.ownership import Ownership

LONGEST_NAME: Final = DNS_LABEL_LIMIT - 11
"""Characters of an agent's name."""


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
    """Has the agent measure its site's lag over TLS. pxc and ps, by SQL: `hosts` of all pods, `secret` with the
    password (key: the user's name), `authority_secret` with `ca.crt`; `user`, default `monitor`; `port`, default 3306.
    psmdb, by the members' status: `replica_sets`, by name the hosts of this site's pods, `secret` of the system users,
    `authority_secret` with `ca.crt`, `tls.crt` and `tls.key`; `port`, default 27017; `verify_hosts`, default true."""


class LagSettings(Part):
    """How the agent of a site measures the lag: by SQL at `hosts`, or by the status of `replica_sets`."""

    # Lists of settings and tuples of a program's arguments alike.
    hosts: Annotated[tuple[Line, ...], Field(strict=False)] = ()
    replica_sets: dict[Line, Annotated[tuple[Line, ...], Field(strict=False, min_length=1)]] = {}
    secret: Line
    authority_secret: Line
    user: Line | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    verify_hosts: bool = True

    def planned(self, document: TopologyDocument) -> LagPlan | MemberLagPlan:
        """How the agent's pod does it. What was left out is the engine's usual."""
        secret, authority = self.secret, self.authority_secret
        if document.engine == "psmdb":
            sets = {name: list(hosts) for name, hosts in self.replica_sets.items()}
            found = MemberLagPlan(sets, secret, authority, verify_hosts=self.verify_hosts)
        else:
            found = LagPlan(list(self.hosts), channel_of(document), secret, authority)
        given = {key: value for key in ("user", "port") if (value := getattr(self, key))}
        return replace(found, **given)


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
        # As it was given: a field of a role may be none, which arguments leave out.
        document = parse_document(args["topology"], subject=subject)
        problems = [*name_problems(name), *agent_problems(spec, document)]
        if problems:
            raise SpecError(subject, problems)
        self.begin(name, opts)
        publish_plan(self, agent_plan(name, spec, document))


def publish_plan(component: Component, plan: AgentPlan) -> None:
    """Registers the objects of a plan as children of a component, the pod last."""
    *needed, pod = plan.objects()
    before = [
        KubernetesObject(component.child_name(one["kind"].lower()), one, component.child_options()) for one in needed
    ]
    options = component.child_options(depends_on=before)
    component.publish(KubernetesObject(component.child_name("statefulset"), pod, options))


def name_problems(name: str) -> list[Problem]:
    """What is wrong with an agent's name, which its StatefulSet and all its other objects have."""
    told = dns_label_problem(name, LONGEST_NAME, "Kubernetes labels its pod with it and a hash of eleven more")
    return [Problem("", f"the name {told}")] if told else []


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
        lag=spec.lag.planned(document) if spec.lag else None,
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
    problems += endpoint_problems(spec.endpoints, document)
    if spec.lag:
        problems += _lag_problems(spec.lag, document.engine)
    return problems


def endpoint_problems(endpoints: Mapping[str, str], document: TopologyDocument) -> Iterable[Problem]:
    """Endpoints that nobody could ask."""
    for region, endpoint in endpoints.items():
        if region not in document.roles:
            message = f'"{region}" is no region of the topology; its regions are {", ".join(document.roles)}'
            yield Problem(f"endpoints.{region}", message)
        elif not endpoint.rpartition(":")[0] or not endpoint.rpartition(":")[2].isdigit():
            yield Problem(f"endpoints.{region}", f'"{endpoint}" is no host:port; write such as db.example.com:5432')


def _lag_problems(lag: LagSettings, engine: str) -> Iterable[Problem]:
    if engine == "pg":
        yield Problem("lag", "is measured by the operator of pg itself; leave it out")
        return
    wanted, other = ("replica_sets", "hosts") if engine == "psmdb" else ("hosts", "replica_sets")
    if not getattr(lag, wanted):
        yield Problem(f"lag.{wanted}", f"is required for {engine} and was not given; name this site's pods")
    if getattr(lag, other) or (engine == "psmdb" and lag.user):
        field = other if getattr(lag, other) else "user"
        yield Problem(f"lag.{field}", f"does nothing for {engine}; leave it out")
