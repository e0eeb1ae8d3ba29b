"""What the policy pack makes of the engine's values, without the engine: unknown values, waivers, which rules run."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from dbaas_components.policy import Severity, Waiver
from dbaas_components.policy.engine_pack import check_resource, check_stack, item_of, rules_for_engine
from dbaas_components.policy.item import UNKNOWN
from dbaas_components.policy.rules import RULES

TOKEN = "kubernetes:storage.k8s.io/v1:StorageClass"
URN = f"urn:pulumi:prod::shop::{TOKEN}::fast"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class UnknownValueError(Exception):
    """As pulumi-policy raises it."""


class NotKnown(dict[str, Any]):
    """Properties of which none is known yet, as pulumi-policy hands them over."""

    def __getitem__(self, key: str) -> Any:
        raise UnknownValueError(key)


def resource(properties: Any, urn: str = URN, token: str = TOKEN, **extra: Any) -> Any:
    options = SimpleNamespace(protect=False)
    return SimpleNamespace(resource_type=token, props=properties, urn=urn, name="fast", opts=options, **extra)


def reported(given: Any, *waivers: Waiver) -> list[str]:
    said: list[tuple[str, str | None]] = []
    rules = rules_for_engine(Severity.ERROR, whole=False)
    check_resource(given, lambda message, urn: said.append((message, urn)), rules, waivers, date(2027, 1, 1))
    assert all(urn == given.urn for _, urn in said)
    return [message.partition(":")[0] for message, _ in said]


def test_a_resource_is_reported_with_its_rule_first() -> None:
    given = resource({"provisioner": "ebs.csi.aws.com", "allowVolumeExpansion": True, "metadata": {"name": "fast"}})
    assert reported(given) == ["encryption/volumes"]


def test_what_is_not_known_yet_is_not_held_against_anyone() -> None:
    properties = {"provisioner": "ebs.csi.aws.com", "parameters": UNKNOWN_TEXT, "allowVolumeExpansion": UNKNOWN_TEXT}
    assert reported(resource(properties)) == []
    item = item_of(resource({"inner": NotKnown(a=1), "many": [1.0, UNKNOWN_TEXT]}))
    assert item.properties == {"inner": {"a": UNKNOWN}, "many": [1, UNKNOWN]}


def test_another_error_of_a_property_is_not_swallowed() -> None:
    class Broken(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        item_of(resource(Broken(a=1)))


@pytest.mark.parametrize(
    ("stack", "expires", "excused"),
    [("", 2, True), ("prod", 2, True), ("dev", 2, False), ("", 1, True)],
)
def test_a_waiver_counts_in_its_stack_until_its_last_day(stack: str, expires: int, excused: bool) -> None:
    given = resource({"provisioner": "ebs.csi.aws.com", "allowVolumeExpansion": True})
    waiver = Waiver("encryption/volumes", "fast", "a test", date(2027, 1, expires), stack)
    assert reported(given, waiver) == ([] if excused else ["encryption/volumes"])


def test_a_waiver_that_is_over_does_not_count() -> None:
    given = resource({"provisioner": "ebs.csi.aws.com", "allowVolumeExpansion": True})
    assert reported(given, Waiver("encryption/volumes", "fast", "a test", date(2026, 12, 31))) == ["encryption/volumes"]


def test_rules_of_the_stack_follow_property_dependencies() -> None:
    bucket = resource({"bucket": "b"}, "urn:bucket", "aws:s3/bucket:Bucket", property_dependencies={})
    block = resource(
        dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
        | {"bucket": UNKNOWN_TEXT},
        "urn:block",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        property_dependencies={"bucket": [bucket]},
    )
    rules = [rule for rule in RULES if rule.id == "buckets/not-public"]
    said: list[str] = []
    check_stack([bucket, block], lambda message, _: said.append(message), rules, ())
    assert said == []
    other = resource({"bucket": "c"}, "urn:other", "aws:s3/bucket:Bucket", property_dependencies={})
    check_stack([bucket, other, block], lambda _, urn: said.append(str(urn)), rules, ())
    assert said == ["urn:other"]


def test_every_rule_runs_once_but_those_that_must_know_what_is_secret() -> None:
    run = [
        rule.id for severity in Severity for whole in (True, False) for rule in rules_for_engine(severity, whole=whole)
    ]
    assert sorted(run) == sorted(rule.id for rule in RULES if rule.room != "secrets")
