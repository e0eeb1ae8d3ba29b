"""The cloud's record follows a health proof: Route 53 by moto's server, Cloud DNS by a stand-in of ours."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto.core import set_initial_no_auth_action_count

from dbaas_components.dr.failover.cloud_dns import CloudDnsRecord, access_token
from dbaas_components.dr.failover.clouds import cloud_record
from dbaas_components.dr.failover.cluster import ClusterUnreachable
from dbaas_components.dr.failover.document import RecordPlace, TopologyDocument
from dbaas_components.dr.failover.foresight import foresee
from dbaas_components.dr.failover.records_in_clouds import RecordRefused
from dbaas_components.dr.failover.route53 import Route53Record, route53_record
from dbaas_components.dr.timing import LeaseTiming
from dbaas_components.errors import SpecError
from tests.dr.cloud_dns_stand_in import READ, WRITE, Zone, cloud_dns_stand_in
from tests.dr.servers import s3_server
from tests.dr.traffic_setting import NEW, OLD, Stage, document_of, made

pytestmark = pytest.mark.slow

NAME = "orders.example.com"
CLOUD_DNS = {"cloud_dns": {"managed_zone": "main", "name": NAME, "ttl": 20, "project": "shop"}}


# Route 53: moto's server answers all of AWS on one port.


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    with s3_server() as endpoint:
        yield {
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }


@pytest.fixture
def zone(aws: dict[str, str]) -> str:
    """A zone with the record as the stack makes it: eu is the primary."""
    client = boto3.client("route53", **aws)
    found = client.create_hosted_zone(Name="example.com", CallerReference=NAME)["HostedZone"]["Id"]
    zone = found.removeprefix("/hostedzone/")
    properties = made({"route53": {"zone_id": zone, "name": NAME, "ttl": 20}})
    answer = {
        "Name": properties["name"],
        "Type": properties["type"],
        "TTL": properties["ttl"],
        "ResourceRecords": [{"Value": one} for one in properties["records"]],
    }
    change(aws, properties["zoneId"], "CREATE", answer)
    return zone


def change(aws: dict[str, str], zone: str, action: str, answer: dict[str, Any]) -> None:
    batch: Any = {"Changes": [{"Action": action, "ResourceRecordSet": answer}]}
    boto3.client("route53", **aws).change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def answers(aws: dict[str, str], zone: str) -> tuple[int, list[str]]:
    found = boto3.client("route53", **aws).list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (one,) = [one for one in found if one["Name"] == f"{NAME}."]
    return one["TTL"], [record["Value"] for record in one["ResourceRecords"]]


def route53_document(zone: str, **settings: Any) -> TopologyDocument:
    return document_of({"route53": {"zone_id": zone, "name": NAME, "ttl": 20}}, **settings)


def place_of(document: TopologyDocument) -> RecordPlace:
    assert document.record is not None
    return document.record


def test_the_record_moves_once_the_new_primary_is_read_back_as_taking_writes(aws, zone, tmp_path):
    document = route53_document(zone)
    stage = Stage(document, tmp_path, route53_record(place_of(document), **aws))
    assert not stage.run()
    assert "us is not read back as taking writes" in stage.runner.stopped
    assert answers(aws, zone) == (20, [OLD])
    stage.open = True
    assert stage.run()
    assert answers(aws, zone) == (20, [NEW])
    assert stage.book.evidence.steps[-1].waits == ["clients were sent to the new primary; reading it back"]
    proof = stage.book.proven("traffic moved")
    assert proof is not None
    assert proof.value == "clients follow within 20 s"
    # Started again it finds its work done.
    assert stage.run()
    assert stage.book.evidence.steps[-1].outcome == "already done"


def test_a_time_to_live_that_somebody_changed_stays_and_is_what_the_evidence_says(aws, zone, tmp_path):
    change(aws, zone, "UPSERT", {"Name": NAME, "Type": "CNAME", "TTL": 90, "ResourceRecords": [{"Value": OLD}]})
    document = route53_document(zone)
    stage = Stage(document, tmp_path, route53_record(place_of(document), **aws))
    stage.open = True
    assert stage.run()
    assert answers(aws, zone) == (90, [NEW])
    proof = stage.book.proven("traffic moved")
    assert proof is not None
    assert proof.value == "clients follow within 90 s"


def test_a_change_is_done_only_when_the_name_servers_have_it():
    """What moto never says: a change that is still on its way."""

    class Slow:
        def __init__(self) -> None:
            self.values = [OLD]
            self.status = ["PENDING", "INSYNC"]

        def list_resource_record_sets(self, **asked: Any) -> dict[str, Any]:
            records = [{"Value": one} for one in self.values]
            return {
                "ResourceRecordSets": [{"Name": f"{NAME}.", "Type": "CNAME", "TTL": 20, "ResourceRecords": records}]
            }

        def change_resource_record_sets(self, **asked: Any) -> dict[str, Any]:
            self.values = [NEW]
            return {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING"}}

        def get_change(self, Id: str) -> dict[str, Any]:
            return {"ChangeInfo": {"Id": Id, "Status": self.status.pop(0)}}

    record = Route53Record(RecordPlace(kind="route53", zone="Z1", name=NAME), Slow())
    assert [record.point({"records": [NEW]}) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"zone_id": "Z0000000000"}, "Route 53: 404 NoSuchHostedZone for orders.example.com in zone Z0000000000"),
        ({"name": "other.example.com"}, "other.example.com. CNAME is not in zone"),
    ],
)
def test_a_wrong_zone_or_name_stops_at_once_with_one_sentence(aws, zone, tmp_path, wrong, words):
    document = document_of({"route53": {"zone_id": zone, "name": NAME, **wrong}})
    stage = Stage(document, tmp_path, route53_record(place_of(document), **aws))
    stage.open = True
    assert not stage.run()
    assert stage.runner.stopped.startswith("Route 53: ")
    assert words in stage.runner.stopped
    assert "run the same command again for the record" in stage.runner.stopped
    assert "\n" not in stage.runner.stopped
    assert stage.book.evidence.steps[-1].waits == []
    assert answers(aws, zone) == (20, [OLD])


def test_missing_rights_are_one_sentence_and_change_nothing(aws, zone):
    iam = boto3.client("iam", **aws)
    iam.create_user(UserName="operator")
    keys = iam.create_access_key(UserName="operator")["AccessKey"]
    own = {**aws, "aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    record = route53_record(place_of(route53_document(zone)), **own)
    # Moto checks rights from the second request on: it takes no signature of a GET over HTTP for the right one.
    point = set_initial_no_auth_action_count(1)(record.point)

    def may(action: str) -> None:
        rights = {"Effect": "Allow", "Action": action, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
        iam.put_user_policy(UserName="operator", PolicyName="records", PolicyDocument=policy)

    may("route53:ListResourceRecordSets")
    with pytest.raises(RecordRefused, match=r"Route 53: 403 .*for orders.*the rights of whoever runs this") as refused:
        point({"records": [NEW]})
    assert "\n" not in str(refused.value)
    assert answers(aws, zone) == (20, [OLD])
    may("route53:ChangeResourceRecordSets")
    assert point({"records": [NEW]})
    assert answers(aws, zone) == (20, [NEW])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ({"SetIdentifier": "a", "Weight": 10, "TTL": 20, "ResourceRecords": [{"Value": OLD}]}, "has a routing policy"),
        (
            {"AliasTarget": {"HostedZoneId": "Z1", "DNSName": OLD, "EvaluateTargetHealth": False}},
            "is an alias",
        ),
    ],
)
def test_a_record_that_is_not_the_stacks_plain_one_is_left_alone(aws, zone, kind, words):
    name = "special.example.com"
    change(aws, zone, "CREATE", {"Name": name, "Type": "CNAME", **kind})
    record = route53_record(RecordPlace(kind="route53", zone=zone, name=name), **aws)
    with pytest.raises(RecordRefused, match=words):
        record.point({"records": [NEW]})


def test_no_answer_is_waited_for_and_no_credentials_are_one_sentence(aws, zone, monkeypatch, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = {**aws, "endpoint_url": f"http://127.0.0.1:{closed.getsockname()[1]}"}
        place = place_of(route53_document(zone))
        with pytest.raises(ClusterUnreachable, match="Route 53: no answer"):
            route53_record(place, **gone).ttl()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(RecordRefused, match=r"Route 53: no credentials for orders\.example\.com; give AWS_PROFILE"):
        route53_record(place, endpoint_url=aws["endpoint_url"], region_name="us-east-1").ttl()


# Cloud DNS: a stand-in of ours, see its own words.


@pytest.fixture
def managed() -> Zone:
    properties = made(CLOUD_DNS)
    found = {key: properties[key] for key in ("name", "type", "ttl", "rrdatas")}
    return Zone({(found["name"], found["type"]): {"kind": "dns#resourceRecordSet", **found, "signatureRrdatas": []}})


@pytest.fixture
def cloud_dns(managed: Zone) -> Iterator[str]:
    with cloud_dns_stand_in({("shop", "main"): managed}) as endpoint:
        yield endpoint


def record_at(endpoint: str, token: str = WRITE, **changes: Any) -> CloudDnsRecord:
    place = place_of(document_of(CLOUD_DNS)).model_copy(update=changes)
    return CloudDnsRecord(place, project=place.project or "", token=lambda: token, endpoint=endpoint)


def served(managed: Zone) -> tuple[int, list[str]]:
    (found,) = managed.sets.values()
    return found["ttl"], found["rrdatas"]


def test_cloud_dns_moves_once_the_new_primary_is_read_back_as_taking_writes(cloud_dns, managed, tmp_path):
    managed.pending = 1
    stage = Stage(document_of(CLOUD_DNS), tmp_path, record_at(cloud_dns))
    assert not stage.run()
    assert (served(managed), managed.changes) == ((20, [f"{OLD}."]), [])
    stage.open = True
    assert stage.run()
    assert served(managed) == (20, [f"{NEW}."])
    # One transaction, that takes away what was read and nothing else.
    (made_change,) = managed.changes
    assert [one["rrdatas"] for one in made_change["deletions"]] == [[f"{OLD}."]]
    assert [one["rrdatas"] for one in made_change["additions"]] == [[f"{NEW}."]]
    proof = stage.book.proven("traffic moved")
    assert proof is not None
    assert proof.value == "clients follow within 20 s"
    assert stage.run()
    assert len(managed.changes) == 1


def test_a_record_that_somebody_else_changes_in_between_is_read_again(cloud_dns, managed, tmp_path):
    def faster(zone: Zone) -> None:
        for one in zone.sets.values():
            one["ttl"] = 60

    managed.before = faster
    stage = Stage(document_of(CLOUD_DNS), tmp_path, record_at(cloud_dns))
    stage.open = True
    assert stage.run()
    assert stage.book.evidence.steps[-1].waits[0] == "somebody wrote in between; reading again"
    assert served(managed) == (60, [f"{NEW}."])


@pytest.mark.parametrize(
    ("token", "changes", "words"),
    [
        (WRITE, {"zone": "other"}, "Cloud DNS: 404 notFound for orders.example.com. in zone other of project shop"),
        (WRITE, {"project": "else"}, "in zone main of project else; see the zone's name and the rights"),
        (WRITE, {"name": "x.example.com"}, "Cloud DNS: x.example.com. CNAME is not in zone main"),
        (READ, {}, "Cloud DNS: 403 forbidden for orders.example.com."),
        ("none", {}, "Cloud DNS: 401 authError for orders.example.com."),
    ],
)
def test_cloud_dns_refusals_stop_at_once_with_one_sentence(cloud_dns, managed, tmp_path, token, changes, words):
    stage = Stage(document_of(CLOUD_DNS), tmp_path, record_at(cloud_dns, token, **changes))
    stage.open = True
    assert not stage.run()
    assert words in stage.runner.stopped
    assert "\n" not in stage.runner.stopped
    assert (served(managed), managed.changes) == ((20, [f"{OLD}."]), [])


def test_a_record_with_a_routing_policy_is_left_alone(cloud_dns, managed):
    (found,) = managed.sets.values()
    del found["rrdatas"]
    found["routingPolicy"] = {"wrr": {"items": []}}
    with pytest.raises(RecordRefused, match="has a routing policy"):
        record_at(cloud_dns).point({"rrdatas": [f"{NEW}."]})


def test_cloud_dns_that_does_not_answer_is_waited_for():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ClusterUnreachable, match="Cloud DNS: no answer"):
            record_at(f"http://127.0.0.1:{closed.getsockname()[1]}").ttl()


def test_a_token_is_the_environments_and_a_project_has_to_be_named(monkeypatch):
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "a-token")
    assert access_token() == "a-token"
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    with pytest.raises(SpecError, match=r"record: project: is required for Cloud DNS .* or set GOOGLE_CLOUD_PROJECT"):
        cloud_record(RecordPlace(kind="cloud_dns", zone="main", name=NAME))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop")
    assert isinstance(cloud_record(RecordPlace(kind="cloud_dns", zone="main", name=NAME)), CloudDnsRecord)
    assert cloud_record(None) is None


# What `plan` predicts.


def foreseen(record: Any, traffic: Any = None) -> Any:
    """A failover's prediction by sites of which nothing is known."""
    nothing = SimpleNamespace(problem="no answer", report=None, reading=None)
    document = SimpleNamespace(
        timing=LeaseTiming(), traffic_ttl=20, traffic=traffic or {}, detection_seconds=30, replay_seconds=30,
        promote_seconds=60, primary_region="eu", engine="pg",
    )  # fmt: skip
    live: Any = SimpleNamespace(document=document, lease=lambda: None, sites=lambda: {"eu": nothing, "us": nothing})
    return foresee("failover", "us", live, [], lambda _: None, record)


def test_the_records_own_time_to_live_is_part_of_the_predicted_recovery_time(cloud_dns, managed):
    without = foreseen(None)
    assert without.seconds["traffic"] == 20
    (found,) = managed.sets.values()
    found["ttl"] = 300
    told = foreseen(record_at(cloud_dns))
    assert told.rto_seconds == without.rto_seconds + 280
    assert "the record that clients follow is readable: TTL 300 s" in told.had


def test_a_document_that_names_nothing_that_clients_follow_is_told_of(cloud_dns):
    (note,) = foreseen(None).notes
    assert "names nothing that clients follow" in note
    assert foreseen(None, traffic={"us": {"kind": "service", "name": "orders"}}).notes == []
    assert foreseen(record_at(cloud_dns, zone="other")).notes == []


def test_a_record_that_cannot_be_read_is_told_before_anything_is_changed(cloud_dns):
    told = foreseen(record_at(cloud_dns, zone="other"))
    assert any("Cloud DNS: 404 notFound" in one for one in told.missing)
    assert told.seconds["traffic"] == 20
