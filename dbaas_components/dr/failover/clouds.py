"""The cloud's record that clients follow, changed by its own API and read back."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, cast

from dbaas_components.dr.failover.cluster import ClusterUnreachable
from dbaas_components.dr.failover.document import RecordPlace
from dbaas_components.dr.failover.records_in_clouds import CloudRecord
from dbaas_components.errors import Problem, SpecError


class Route53Record:
    """A record of Amazon Route 53; `UPSERT` with the TTL that it has. Needs boto3 and its usual credentials."""

    def __init__(self, place: RecordPlace, client: Any) -> None:
        self._place = place
        self._client = client

    def point(self, values: Mapping[str, Any]) -> bool:
        """Sets `records` where they are others; whether it had to."""
        try:
            return self._point(cast("list[str]", values["records"]))
        except (_library("botocore.exceptions").BotoCoreError, _library("botocore.exceptions").ClientError) as error:
            raise ClusterUnreachable(f"Route 53: {type(error).__name__} for {self._place.name}") from None

    def _point(self, wanted: list[str]) -> bool:
        name = f"{self._place.name.rstrip('.')}."
        answer = self._client.list_resource_record_sets(
            HostedZoneId=self._place.zone, StartRecordName=name, StartRecordType=self._place.type, MaxItems="1"
        )
        found = [one for one in answer["ResourceRecordSets"] if (one["Name"], one["Type"]) == (name, self._place.type)]
        if not found:
            raise ClusterUnreachable(f"Route 53: {name} {self._place.type} is not there; see the stack of the record")
        if [one["Value"].rstrip(".") for one in found[0]["ResourceRecords"]] == [one.rstrip(".") for one in wanted]:
            return False
        changed = {**found[0], "ResourceRecords": [{"Value": one} for one in wanted]}
        self._client.change_resource_record_sets(
            HostedZoneId=self._place.zone,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": changed}]},
        )
        return True


def cloud_record(place: RecordPlace | None, **client_options: Any) -> CloudRecord | None:
    """The record of a document; None where traffic is none. Raises `SpecError` for what cannot be changed from here."""
    if place is None:
        return None
    if place.kind != "route53":
        message = "cloud_dns cannot be changed from here; change it by `gcloud dns record-sets update` after the verb"
        raise SpecError("record", [Problem("kind", message)])
    return Route53Record(place, _library("boto3").client("route53", **client_options))


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        message = "needs the package boto3, which is not installed; install it"
        raise SpecError("record", [Problem("kind", message)]) from None
