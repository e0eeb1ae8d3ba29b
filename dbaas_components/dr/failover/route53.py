"""The record of Amazon Route 53 that clients follow. Needs boto3 and its usual credentials."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from dbaas_components.dr.failover.cluster import ClusterUnreachable, tells_nothing
from dbaas_components.dr.failover.document import RecordPlace
from dbaas_components.dr.failover.records_in_clouds import RecordRefused
from dbaas_components.errors import Problem, SpecError

_Answer = TypeVar("_Answer")
_TIMEOUT: Final = 10
# Route 53 answers 400 to both, and carries the same request out a little later.
_BUSY: Final = frozenset({"Throttling", "ThrottlingException", "PriorRequestNotComplete"})


class Route53Record:
    """A simple record. The rights it needs: ListResourceRecordSets and ChangeResourceRecordSets on the zone, GetChange.

    Written by `UPSERT` with the TTL that it has; done once Route 53 says that all its name servers have it. `client` is
    boto3's `client("route53")`.
    """

    def __init__(self, place: RecordPlace, client: Any) -> None:
        self._place = place
        self._client = client
        self._change: str | None = None

    def ttl(self) -> int:
        return self._asked(lambda: int(self._read()["TTL"]))

    def point(self, values: Mapping[str, Any]) -> bool:
        return self._asked(lambda: self._point(cast("list[str]", values["records"])))

    def _asked(self, ask: Callable[[], _Answer]) -> _Answer:
        errors = library("botocore.exceptions")
        try:
            return ask()
        except errors.ClientError as error:
            answer: Any = error.response
            raise _told(answer, self._place) from None
        except (errors.NoCredentialsError, errors.PartialCredentialsError):
            message = f"Route 53: no credentials for {self._place.name}; give AWS_PROFILE or the usual variables"
            raise RecordRefused(message) from None
        except (errors.BotoCoreError, OSError) as error:
            raise ClusterUnreachable(f"Route 53: no answer ({type(error).__name__})") from None

    def _point(self, wanted: list[str]) -> bool:
        found = self._read()
        if [one["Value"].rstrip(".") for one in found["ResourceRecords"]] == [one.rstrip(".") for one in wanted]:
            return self._is_under_way()
        changed = {**found, "ResourceRecords": [{"Value": one} for one in wanted]}
        answer = self._client.change_resource_record_sets(
            HostedZoneId=self._place.zone,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": changed}]},
        )
        self._change = answer["ChangeInfo"]["Id"]
        return True

    def _read(self) -> dict[str, Any]:
        name, kind = f"{self._place.name.rstrip('.')}.", self._place.type
        answer = self._client.list_resource_record_sets(
            HostedZoneId=self._place.zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
        )
        found = [one for one in answer["ResourceRecordSets"] if (one["Name"], one["Type"]) == (name, kind)]
        if not found:
            message = f"Route 53: {name} {kind} is not in zone {self._place.zone}; make it by the stack of the record"
            raise RecordRefused(message)
        if "SetIdentifier" in found[0] or "ResourceRecords" not in found[0]:
            what = "has a routing policy" if "SetIdentifier" in found[0] else "is an alias"
            message = f"Route 53: {name} {kind} {what}, and a change would not move all clients; make it a plain record"
            raise RecordRefused(message)
        return found[0]

    def _is_under_way(self) -> bool:
        return (
            self._change is not None and self._client.get_change(Id=self._change)["ChangeInfo"]["Status"] == "PENDING"
        )


def route53_record(place: RecordPlace, **client_options: Any) -> Route53Record:
    """The record, by boto3's own way to credentials. Raises `SpecError` where boto3 is not installed.

    `client_options` go to boto3's `client("route53")`.
    """
    once = library("botocore.config").Config(
        connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT, retries={"total_max_attempts": 1}
    )
    return Route53Record(place, library("boto3").client("route53", **{"config": once, **client_options}))


def library(name: str) -> Any:
    """A module of boto3, imported where it is needed alone."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        message = "needs the package boto3, which is not installed; pip install boto3"
        raise SpecError("record", [Problem("kind", message)]) from None


def _told(answer: Any, place: RecordPlace) -> ClusterUnreachable | RecordRefused:
    status, code = int(answer["ResponseMetadata"]["HTTPStatusCode"]), str(answer["Error"]["Code"])
    words = f"Route 53: {f'{status} {code}'.strip()} for {place.name} in zone {place.zone}"
    if tells_nothing(status) or code in _BUSY:
        return ClusterUnreachable(words)
    return RecordRefused(f"{words}; see the zone's name and the rights of whoever runs this")
