"""The records and Services that send clients to the primary site: what they hold, and what the failover tool changes.

Pure but for `register`. Source of the fields: Route 53 and Cloud DNS in `pulumi-aws` 7 and `pulumi-gcp` 10, Services of
Kubernetes, annotations of ExternalDNS.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from dbaas_components.dr.traffic.spec import AliasService, CloudDns, ExternalDns, Route53, Traffic
from dbaas_components.errors import Problem
from dbaas_components.naming import dns_label_problem

HOSTNAME: Final = "external-dns.alpha.kubernetes.io/hostname"
TTL: Final = "external-dns.alpha.kubernetes.io/ttl"
_RECORDS: Final = {
    "route53": ("aws:route53/record:Record", "pulumi-aws"),
    "cloud_dns": ("gcp:dns/recordSet:RecordSet", "pulumi-gcp"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where one site's clients go while it is the primary."""

    region: str
    namespace: str
    host: str
    labels: Mapping[str, str]


def kind_of(traffic: Traffic) -> str:
    """`route53`, `cloud_dns`, `external_dns` or `service`."""
    return next(name for name in type(traffic).model_fields if getattr(traffic, name) is not None)


def is_record(traffic: Traffic) -> bool:
    """Whether it is one record of a cloud, and not a Service in each region."""
    return kind_of(traffic) in _RECORDS


def record(traffic: Traffic, primary: Target) -> dict[str, Any]:
    """The properties of the cloud's record, as its provider takes them."""
    chosen = traffic.chosen
    kind = "A" if _is_address(primary.host) else "CNAME"
    if isinstance(chosen, Route53):
        return {
            "zoneId": chosen.zone_id,
            "name": chosen.name,
            "type": kind,
            "ttl": chosen.ttl,
            "records": [primary.host],
        }
    assert isinstance(chosen, CloudDns)
    return {
        "managedZone": chosen.managed_zone,
        "name": _full(chosen.name),
        "type": kind,
        "ttl": chosen.ttl,
        "rrdatas": _answers(primary.host),
        **({"project": chosen.project} if chosen.project else {}),
    }


def service(topology: str, traffic: Traffic, site: Target, primary: Target) -> dict[str, Any]:
    """The Service in one region."""
    chosen = traffic.chosen
    name = service_name(topology, traffic)
    metadata: dict[str, Any] = {"name": name, "namespace": site.namespace, "labels": dict(site.labels)}
    if isinstance(chosen, ExternalDns):
        # Each region's ExternalDNS reads its own Service; only one of them may bear the name.
        own = {HOSTNAME: chosen.name.rstrip(".")} if site.region == primary.region else {}
        metadata |= {"annotations": {TTL: str(chosen.ttl), **own}}
        target = site.host
    else:
        assert isinstance(chosen, AliasService)
        target = primary.host
    spec = {"type": "ExternalName", "externalName": target}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def role_values(traffic: Traffic, site: Target, primary: Target) -> list[tuple[str, Any]]:
    """Path and value of what the failover tool changes, for a record or for one site's Service."""
    chosen = traffic.chosen
    if isinstance(chosen, Route53):
        return [("records", [primary.host])]
    if isinstance(chosen, CloudDns):
        return [("rrdatas", _answers(primary.host))]
    if isinstance(chosen, ExternalDns):
        value = chosen.name.rstrip(".") if site.region == primary.region else None
        return [(f'metadata.annotations["{HOSTNAME}"]', value)]
    return [("spec.externalName", primary.host)]


def service_name(topology: str, traffic: Traffic) -> str:
    """Name of the Service of each region, where clients follow one."""
    chosen = traffic.chosen
    if isinstance(chosen, ExternalDns):
        return f"{topology}-traffic"
    assert isinstance(chosen, AliasService)
    return chosen.name or f"{topology}-primary-site"


def name_problems(topology: str, traffic: Traffic) -> Iterable[Problem]:
    """What is wrong with the name that a topology gives to its Services."""
    if is_record(traffic):
        return
    name = service_name(topology, traffic)
    if told := dns_label_problem(name):
        yield Problem(f"traffic.{kind_of(traffic)}", f"makes a Service whose name cannot be used: {told}")


def traffic_problems(traffic: Traffic, hosts: Mapping[str, str]) -> Iterable[Problem]:
    """What is wrong with the hosts, by region, that clients would be sent to."""
    addresses = [region for region, host in hosts.items() if _is_address(host)]
    if not is_record(traffic):
        for region in addresses:
            message = f'"{hosts[region]}" is an address, and traffic.{kind_of(traffic)} stands for names; write a name'
            yield Problem(f"regions.{region}.write_host", message)
    elif addresses and len(addresses) != len(hosts):
        message = "are names in some regions and addresses in others, which one record cannot hold; write names in all"
        yield Problem("traffic", f"the write hosts {message}")


def register(name: str, traffic: Traffic, primary: Target, options: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """Registers the cloud's record; its target belongs to the failover tool from then on."""
    token, package = _RECORDS[kind_of(traffic)]
    try:
        options.version = options.version or importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        # The engine then takes the newest plugin that is installed.
        options.version = None
    options.ignore_changes = [path for path, _ in role_values(traffic, primary, primary)]
    return pulumi.CustomResource(token, name, record(traffic, primary), options)


def _is_address(host: str) -> bool:
    return all(part.isdigit() for part in host.split("."))


def _full(name: str) -> str:
    return f"{name.rstrip('.')}."


def _answers(host: str) -> list[str]:
    return [host if _is_address(host) else _full(host)]
