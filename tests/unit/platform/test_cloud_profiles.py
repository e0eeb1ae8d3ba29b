"""What a cloud profile makes of tiers, identities and load balancers."""

from __future__ import annotations

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.cloud_profiles import (
    CloudProfile,
    database_defaults,
    identity_annotations,
    identity_pod_labels,
    load_balancer_annotations,
    storage_classes,
    tier_names,
)
from dbaas_components.bootstrap.cloud_profiles.storage import require_tier
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from dbaas_components.ownership import Ownership

OWNERSHIP = Ownership(owner="dba", cost_centre="4711", environment="test")
CLOUDS = ["eks", "gke", "aks"]


def profile(**given: object) -> CloudProfile:
    return parse_arguments(CloudProfile, "cloud profile", given)


def problems(**given: object) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        profile(**given)
    return {problem.path: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_has_a_class_for_every_tier_that_grows_and_is_kept(cloud: str) -> None:
    classes = storage_classes(profile(kubernetes=cloud), OWNERSHIP)
    assert list(classes) == ["high", "medium", "low"]
    for tier, one in classes.items():
        assert one["metadata"]["name"] == f"dbaas-{tier}"
        assert one["allowVolumeExpansion"] is True
        assert one["reclaimPolicy"] == "Retain"
        assert one["volumeBindingMode"] == "WaitForFirstConsumer"
        assert one["metadata"]["labels"]["dbaas-components.io/owner"] == "dba"
    assert len({str(one["parameters"]) for one in classes.values()}) == 3


def test_volumes_on_eks_are_encrypted_with_the_key_that_is_given() -> None:
    classes = storage_classes(profile(kubernetes="eks", encryption_key="arn:aws:kms:eu-west-1:1:key/a"), OWNERSHIP)
    for one in classes.values():
        assert one["parameters"]["encrypted"] == "true"
        assert one["parameters"]["kmsKeyId"] == "arn:aws:kms:eu-west-1:1:key/a"


def test_a_tier_takes_over_the_parameters_that_it_names_and_keeps_the_others() -> None:
    given = profile(kubernetes="eks", tiers={"low": {"parameters": {"throughput": "200"}}})
    assert storage_classes(given, OWNERSHIP)["low"]["parameters"] == {
        "csi.storage.k8s.io/fstype": "xfs",
        "type": "gp3",
        "throughput": "200",
        "encrypted": "true",
    }


def test_an_existing_class_is_used_and_not_made() -> None:
    given = profile(kubernetes="gke", tiers={"high": "hyper"})
    assert tier_names(given) == {"high": "hyper", "medium": "dbaas-medium", "low": "dbaas-low"}
    assert list(storage_classes(given, OWNERSHIP)) == ["medium", "low"]


def test_on_premises_has_the_tiers_that_are_named_and_no_others() -> None:
    given = profile(kubernetes="on_premises", tiers={"high": "nvme", "low": {"provisioner": "nfs.csi.k8s.io"}})
    assert tier_names(given) == {"high": "nvme", "low": "dbaas-low"}
    with pytest.raises(SpecError) as caught:
        require_tier(given, "medium", "databases[0].storage.tier")
    assert str(caught.value) == (
        'storage: databases[0].storage.tier: "medium" has no StorageClass on on_premises (mapped: high, low); '
        "write one in the cloud profile, tiers.medium"
    )


def test_all_that_is_wrong_with_a_profile_is_told_at_once() -> None:
    found = problems(
        kubernetes="on_premises",
        tiers={"high": {}, "low": {"storage_class": "a", "provisioner": "b"}},
        encryption_key="key",
    )
    assert list(found) == ["tiers.high", "tiers.low.storage_class", "encryption_key"]
    assert problems(kubernetes="ecs")["kubernetes"].startswith('"ecs" is not known here; choose aks, eks, gke')


def test_a_volume_is_in_the_clear_only_where_its_tier_says_so_whoever_named_the_driver() -> None:
    for kubernetes, driver, parameter in (
        ("eks", "ebs.csi.aws.com", "encrypted"),
        ("on_premises", "pxd.portworx.com", "secure"),
    ):
        tier = {"provisioner": driver, "parameters": {parameter: "false"}}
        found = problems(kubernetes=kubernetes, tiers={"high": tier})
        assert list(found) == [f"tiers.high.parameters.{parameter}"]
        assert found[f"tiers.high.parameters.{parameter}"].startswith('"false" would leave volumes in the clear')
        said = profile(kubernetes=kubernetes, tiers={"high": {**tier, "encrypted": False}})
        assert storage_classes(said, OWNERSHIP)["high"]["parameters"][parameter] == "false"


def test_what_portworx_says_is_not_said_again_by_its_parameters() -> None:
    tier = {"portworx": {"io_profile": "db_remote"}, "parameters": {"repl": "1", "nodes": "a"}}
    found = problems(kubernetes="on_premises", tiers={"high": tier})
    assert found == {"tiers.high.parameters.repl": 'is what portworx.replicas says; write "1" there'}


def test_what_an_existing_class_decides_itself_is_not_said_of_its_tier() -> None:
    found = problems(
        kubernetes="eks", tiers={"high": {"storage_class": "fast", "reclaim": "Delete", "expandable": True}}
    )
    assert found == {
        "tiers.high.storage_class": "is used as it is; leave expandable and reclaim out, or the name",
    }
    assert (
        profile(kubernetes="eks", tiers={"high": {"storage_class": "fast", "encrypted": True}}).tiers["high"].encrypted
    )


@pytest.mark.parametrize(
    ("kubernetes", "key"),
    [
        ("eks", "arn:aws:kms:eu-west-1:111122223333:alias/volumes"),
        ("gke", "projects/acme/locations/europe-west1/keyRings/databases/cryptoKeys/volumes"),
        ("aks", "/subscriptions/1/resourceGroups/acme/providers/Microsoft.Compute/diskEncryptionSets/volumes"),
    ],
)
def test_a_key_is_written_as_its_cloud_names_keys_and_some_tier_takes_it(kubernetes: str, key: str) -> None:
    assert profile(kubernetes=kubernetes, encryption_key=key).encryption_key == key
    for other in {"eks", "gke", "aks"} - {kubernetes}:
        assert problems(kubernetes=other, encryption_key=key)["encryption_key"].startswith(f'"{key[:40]}')
    own = {"high": "fast", "medium": {"provisioner": "own.csi.example.com"}, "low": {"portworx": {}}}
    found = problems(kubernetes=kubernetes, encryption_key=key, tiers=own)
    assert found["encryption_key"].startswith(
        "would encrypt nothing, because every tier has a class or a driver of its"
    )


def test_a_database_takes_tiers_zones_and_load_balancers_from_the_profile_and_keeps_its_own_words() -> None:
    given = profile(kubernetes="eks", zones=["eu-west-1a", "eu-west-1b"])
    args = {
        "engine": "pg",
        "namespace": "shop",
        "storage": {"size": "20Gi", "tier": "high"},
        "storage_tiers": {"low": "mine"},
        "expose": {
            "write": {"type": "load_balancer", "source_ranges": ["10.0.0.0/8"], "annotations": {"a": "b"}},
            "read": {"type": "internal"},
        },
    }
    found = database_defaults(given, args)
    assert args["storage_tiers"] == {"low": "mine"}
    spec = parse_database("orders", found)
    assert spec.storage_tiers == {"high": "dbaas-high", "medium": "dbaas-medium", "low": "mine"}
    assert spec.zones == ("eu-west-1a", "eu-west-1b")
    assert spec.expose.write is not None
    assert spec.expose.write.annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert spec.expose.write.annotations["a"] == "b"
    assert spec.expose.read is not None
    assert spec.expose.read.annotations == {}


@pytest.mark.parametrize("expose", [None, "wide", {"write": None}, {"write": "load_balancer"}, ["write"]])
def test_what_is_wrong_with_a_database_is_left_to_its_own_parser(expose: object) -> None:
    assert database_defaults(profile(kubernetes="gke"), {"engine": "pg", "expose": expose})["expose"] == expose


def test_every_cloud_gives_an_identity_and_on_premises_refuses() -> None:
    assert identity_annotations(profile(kubernetes="eks"), "r") == {"eks.amazonaws.com/role-arn": "r"}
    assert identity_annotations(profile(kubernetes="gke"), "a@b") == {"iam.gke.io/gcp-service-account": "a@b"}
    assert identity_annotations(profile(kubernetes="aks"), "c") == {"azure.workload.identity/client-id": "c"}
    assert identity_pod_labels(profile(kubernetes="aks")) == {"azure.workload.identity/use": "true"}
    assert identity_pod_labels(profile(kubernetes="eks")) == {}
    with pytest.raises(SpecError, match="on_premises gives pods no identity; name a Secret with keys instead"):
        identity_annotations(profile(kubernetes="on_premises"), "x")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_internal_load_balancer_says_something_else_than_a_public_one(cloud: str) -> None:
    given = profile(kubernetes=cloud)
    assert load_balancer_annotations(given, "internal")
    assert load_balancer_annotations(given, "internal") != load_balancer_annotations(given, "public")
