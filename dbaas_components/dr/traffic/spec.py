"""What sends clients to the primary site: one of four kinds of record. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from dbaas_components.databases.spec.part import LabelName, Line, Part
from dbaas_components.errors import matching

Ttl = Annotated[int, Field(ge=1, le=86_400)]
_domain = matching(
    r"(?=.{1,253}$)[a-z0-9_]([-a-z0-9_]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+\.?",
    "is no domain name; write it in lower case and of two parts at least, such as orders.example.com",
)
Domain = Annotated[str, AfterValidator(_domain)]
"""A domain name in lower case, of two parts at least."""


class Route53(Part):
    """A CNAME record in Amazon Route 53. It needs the package `pulumi-aws` and its provider."""

    zone_id: Line
    """Identifier of the hosted zone."""
    name: Domain
    """Name that clients connect to."""
    ttl: Ttl = 30
    """Seconds that resolvers keep an answer: part of the time that a failover takes."""


class CloudDns(Part):
    """A CNAME record in Google Cloud DNS. It needs the package `pulumi-gcp` and its provider."""

    managed_zone: Line
    """Name of the managed zone."""
    name: Domain
    """Name that clients connect to."""
    ttl: Ttl = 30
    """Seconds that resolvers keep an answer."""
    project: Line | None = None
    """Project of the zone; default: the provider's."""


class ExternalDns(Part):
    """A Service in each region that ExternalDNS reads; only the primary's bears the name."""

    name: Domain
    """Name that clients connect to."""
    ttl: Ttl = 30
    """Seconds that resolvers keep an answer."""


class AliasService(Part):
    """A Service in each region that stands for the primary's write host, for clients inside Kubernetes."""

    name: LabelName | None = None
    """Name of the Service; default `<topology>-primary-site`."""
    ttl: Ttl = 30
    """Seconds that the Kubernetes cluster's DNS keeps an answer: CoreDNS' own setting, 30 unless it was changed."""


class Traffic(Part):
    """One way to send clients to the primary site."""

    route53: Route53 | None = None
    """A record in Amazon Route 53."""
    cloud_dns: CloudDns | None = None
    """A record in Google Cloud DNS."""
    external_dns: ExternalDns | None = None
    """Annotated Services for ExternalDNS."""
    service: AliasService | None = None
    """An alias inside each Kubernetes cluster."""

    @model_validator(mode="after")
    def _is_one(self) -> Traffic:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"{' and '.join(given)} were given" if given else "none was given"
            raise ValueError(f"{told}; write exactly one of route53, cloud_dns, external_dns or service")
        return self

    @property
    def ttl(self) -> int:
        """Seconds after which the last client has seen a change."""
        return self.chosen.ttl

    @property
    def chosen(self) -> Route53 | CloudDns | ExternalDns | AliasService:
        """The one that was given."""
        found = self.route53 or self.cloud_dns or self.external_dns or self.service
        if found is None:  # The validator refuses it.
            raise AssertionError("a traffic without a kind")
        return found
