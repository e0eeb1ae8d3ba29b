"""What a topology hands over to `dbaas dr`: its plain outputs, and the document made of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaas_components.databases.spec.part import duration_of
from dbaas_components.dr.failover.document import document_of
from dbaas_components.dr.topology.design import Design
from dbaas_components.dr.topology.engines import TOPOLOGIES
from dbaas_components.dr.topology.plan import role_table, target
from dbaas_components.dr.traffic.records import is_record, record, service
from dbaas_components.dr.traffic.spec import CloudDns, Route53


def plain_outputs(design: Design) -> dict[str, Any]:
    """The outputs of `DatabaseTopology` that are known before anything is registered."""
    topology, limit = design.topology, design.topology.lag_limit
    seconds = int(duration_of(limit.time).total_seconds()) if limit and limit.time else None
    told = {"bytes": limit.bytes, "seconds": seconds, "measure": limit.measure} if limit else None
    return {
        "engine": topology.engine,
        "mode": topology.mode,
        "primary_region": topology.primary_region,
        "epoch": topology.epoch,
        "roles": role_table(design),
        "lag_limit": told if limit and (limit.bytes is not None or seconds is not None) else None,
        "limits": list(TOPOLOGIES[topology.engine].limits(design)),
        "traffic_ttl": topology.traffic.ttl if topology.traffic else None,
        **_traffic(design),
    }


def topology_document(design: Design, clusters: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
    """`topology.json` of a design. `clusters` and `settings` are those of `document_of`, which raises `SpecError` where
    they do not fit."""
    return document_of(design.topology.name, plain_outputs(design), clusters, **settings)


def _traffic(design: Design) -> dict[str, Any]:
    """Names of the objects that the role's traffic fields are of, or the cloud's record."""
    topology = design.topology
    traffic = topology.traffic
    if traffic is None:
        return {"traffic": None, "record": None}
    primary = target(design.primary)
    if not is_record(traffic):
        names = {
            region: service(topology.name, traffic, target(site), primary)["metadata"]["name"]
            for region, site in design.sites.items()
        }
        return {
            "traffic": {region: {"kind": "service", "name": name} for region, name in names.items()},
            "record": None,
        }
    chosen, made = traffic.chosen, record(traffic, primary)
    place: dict[str, Any] = {"name": made["name"], "type": made["type"]}
    if isinstance(chosen, Route53):
        return {"traffic": None, "record": {"kind": "route53", "zone": chosen.zone_id, **place}}
    assert isinstance(chosen, CloudDns), "a record is one of the two"
    project = {"project": chosen.project} if chosen.project else {}
    return {"traffic": None, "record": {"kind": "cloud_dns", "zone": chosen.managed_zone, **place, **project}}
