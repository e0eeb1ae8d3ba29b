"""The failover agents of the stack's topologies: one for each region, of what `dbaas:failover.agents` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.ps import names as ps
from dbaas_components.databases.psmdb import names as psmdb
from dbaas_components.databases.pxc import names as pxc
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.dr.agent.component import FailoverAgentSpec, agent_problems, name_problems
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.topology import psmdb as psmdb_topology
from dbaas_components.dr.topology.design import Design, Site, port_of
from dbaas_components.dr.topology.engines import TOPOLOGIES
from dbaas_components.dr.topology.plan import target
from dbaas_components.errors import Problem, problems_of, shown
from dbaas_components.naming import object_name
from stacks.strict import StrictSettings
from stacks.topologies import PlacedTopology

KEY: Final = "agents"


class AgentSettings(StrictSettings):
    """What the stack says of all its agents."""

    image: str
    """An image made of `dbaas_components/dr/agent/image`, in a registry of yours."""
    witness_secret: str = ""
    """Secret with the kubeconfig for the witness, in each database's namespace; default
    `dbaas-dr-<topology>-witness`."""
    measure_lag: bool = False
    """Whether agents measure the lag: of pxc and ps by SQL, as the user `monitor` of the database's own Secret, of
    psmdb by the members' status, as the operator's cluster monitor. pg's operator measures it by itself."""


def agents_of(
    placed: PlacedTopology, told: Any, document: Mapping[str, Any], ownership: Mapping[str, str] | None
) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """By region the arguments of a topology's agents, and what is wrong with them, without the settings' key before.

    `told` is what the settings say below `agents`.
    """
    if not isinstance(told, dict):
        return {}, [Problem(KEY, f"{shown(told)} is not a mapping; write image, or null for no agents")]
    try:
        settings = AgentSettings.model_validate(told)
    except ValidationError as error:
        found = problems_of(error, known=AgentSettings.model_fields)
        return {}, [Problem(f"{KEY}.{one.path}", one.message) for one in found]
    if ownership is None:
        message = "lacks an owner for the agents: write owner, cost_centre and environment as dbaas:ownership"
        return {}, [Problem(KEY, message)]
    design = placed.design
    made: dict[str, Mapping[str, Any]] = {}
    problems: dict[Problem, None] = {}
    for region, site in design.sites.items():
        wrong = name_problems(agent_name(design.topology.name, region))
        problems |= {Problem(KEY, f"makes an agent in {region}: {one.message}"): None for one in wrong}
        arguments: dict[str, Any] = {
            "topology": document,
            "region": region,
            "image": settings.image,
            "ownership": {**ownership, "tenant": site.spec.tenant or site.spec.namespace},
        }
        if document.get("witness"):
            arguments["witness_secret"] = settings.witness_secret or f"dbaas-dr-{design.topology.name}-witness"
        if document.get("automatic"):
            arguments["endpoints"] = _endpoints(design)
        if settings.measure_lag and site.spec.engine != "pg":
            arguments["lag"] = _lag(design, site)
        try:
            spec = FailoverAgentSpec.model_validate(arguments)
        except ValidationError as error:
            problems |= {Problem(f"{KEY}.{one.path}", one.message): None for one in problems_of(error)}
            continue
        found = agent_problems(spec, parse_document(document))
        problems |= {Problem(f"{KEY}.{one.path}", one.message): None for one in found}
        made[region] = arguments
    return made, list(problems)


def agent_name(topology: str, region: str) -> str:
    """Name of a region's agent, as component and in Kubernetes."""
    return f"{topology}-{region}-agent"


def _lag(design: Design, site: Site) -> dict[str, Any]:
    """The pods of a site by their own names, and the Secrets that its operator makes or reads."""
    spec = site.spec
    if spec.engine == "psmdb":
        # Without an issuer all sites have the primary's certificate, which bears the names of the primary's own pods.
        primary = design.primary.spec
        named = design.topology.trust.issuer is not None
        return {
            "replica_sets": {
                name: _pods(spec, object_name(spec.name, name), count, "svc.cluster.local")
                for name, count in psmdb_topology.sets_of(spec).items()
            },
            "secret": psmdb.users_secret(spec),
            "authority_secret": psmdb.certificate_secret(spec),
            "verify_hosts": named or (spec.name, spec.namespace) == (primary.name, primary.namespace),
        }
    service = ENGINES[spec.engine].endpoints(spec)["internal"].service
    return {
        "hosts": _pods(spec, service, spec.replicas, "svc"),
        "secret": pxc.users_secret(spec) if spec.engine == "pxc" else ps.credentials_secret(spec),
        "authority_secret": (pxc if spec.engine == "pxc" else ps).certificate_secret(spec),
    }


def _pods(spec: DatabaseSpec, service: str, count: int, suffix: str) -> list[str]:
    """The pods of one StatefulSet behind its headless Service, which has its name."""
    return [f"{service}-{index}.{service}.{spec.namespace}.{suffix}" for index in range(count)]


def _endpoints(design: Design) -> dict[str, str]:
    """Where each site's clients go while it is the primary; votes say whether that answers."""
    usual = TOPOLOGIES[design.topology.engine].port
    found = {region: (target(site).host, port_of(site.settings, usual)) for region, site in design.sites.items()}
    return {region: f"{host}:{port}" for region, (host, port) in found.items() if host}
