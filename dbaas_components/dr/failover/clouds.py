"""Which cloud's record a document means."""

from __future__ import annotations

from dbaas_components.dr.failover.document import RecordPlace
from dbaas_components.dr.failover.records_in_clouds import CloudRecord


def cloud_record(place: RecordPlace | None) -> CloudRecord | None:
    """The record of a document; None where traffic is none. Nothing is asked of a cloud yet.

    Raises `SpecError` where something is missing to reach it.
    """
    if place is None:
        return None
    if place.kind == "cloud_dns":
        from dbaas_components.dr.failover.cloud_dns import cloud_dns_record

        return cloud_dns_record(place)
    from dbaas_components.dr.failover.route53 import route53_record

    return route53_record(place)
