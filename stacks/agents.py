"""The failover agents of the stack's topologies: one for each region, of what `dbaas:failover.agents` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from dbaas_components.databases.ps import names as ps
from dbaas_components.databases.pxc import names as pxc
from dbaas_components.dr.agent.component import FailoverAgentSpec, agent_problems
from dbaas_components.dr.failover.document import parse_document
from dbaas_components.dr.topology.design import Design, Site
from dbaas_components.dr.topology.plan import target
from dbaas_components.errors import Problem, problems_of, shown
from stacks.strict import StrictSettings
from stacks.topologies import PlacedTopology

KEY: Final = "agents"
_PORTS: Final = {"pg": 5432, "pxc": 3306, "ps": 3306, "psmdb": 27017}
_PODS: Final = {"pxc": "pxc", "ps": "mysql"}


class AgentSettings(StrictSettings):
    """What the stack says of all its agents."""

    image: str
    """An image made of `dbaas_components/dr/agent/image`, in a registry of yours."""
    witness_secret: str = ""
    """Secret with the kubeconfig for the witness, in each database's namespace; default
    `dbaas-dr-<topology>-witness`."""
    measure_lag: bool = False
    """Whether agents of pxc and ps measure the lag by SQL, as the user `monitor` of the database's own Secret."""


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
        if settings.measure_lag and site.spec.engine in _PODS:
            arguments["lag"] = _lag(site)
        try:
            spec = FailoverAgentSpec.model_validate(arguments)
        except ValidationError as error:
            problems |= {Problem(f"{KEY}.{one.path}", one.message): None for one in problems_of(error)}
            continue
        found = agent_problems(spec, parse_document(document))
        problems |= {Problem(f"{KEY}.{one.path}", one.message): None for one in found}
        made[region] = arguments
    return made, list(problems)


def _lag(site: Site) -> dict[str, Any]:
    """The pods of a MySQL site by their own names, and the Secrets that its operator makes."""
    spec = site.spec
    pods = f"{spec.name}-{_PODS[spec.engine]}"
    return {
        "hosts": [f"{pods}-{index}.{pods}.{spec.namespace}.svc" for index in range(spec.replicas)],
        "secret": pxc.users_secret(spec) if spec.engine == "pxc" else ps.credentials_secret(spec),
        "authority_secret": (pxc if spec.engine == "pxc" else ps).certificate_secret(spec),
    }


def _endpoints(design: Design) -> dict[str, str]:
    """Where each site's clients go while it is the primary; votes say whether that answers."""
    usual = _PORTS[design.topology.engine]
    found = {region: (target(site).host, site.settings.port or usual) for region, site in design.sites.items()}
    return {region: f"{host}:{port}" for region, (host, port) in found.items() if host}
