"""What a stack's settings accept, and how they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaas_components.cli.project import find_project
from dbaas_components.errors import Problem, SpecError
from stacks.settings import PROJECT_FOLDER, parse

REGIONS = [{"name": "local"}]


def refusal(**document: Any) -> str:
    with pytest.raises(SpecError) as caught:
        parse("dev", {f"dbaas:{key}": value for key, value in document.items()})
    return str(caught.value)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_stack_file_of_the_repository_is_accepted(stack: str) -> None:
    settings = parse(stack, find_project(PROJECT_FOLDER).config(stack))
    assert {placed.spec.engine for placed in settings.databases} == {"pg", "psmdb", "pxc", "ps"}


@pytest.mark.slow
def test_prod_protects_every_database_and_dev_none() -> None:
    project = find_project(PROJECT_FOLDER)
    prod, dev = (parse(stack, project.config(stack)) for stack in ("prod", "dev"))
    assert all(placed.spec.deletion_protection for placed in prod.databases)
    assert not any(placed.spec.deletion_protection for placed in dev.databases)


def test_a_database_without_a_region_runs_in_the_first_one() -> None:
    settings = parse(
        "dev",
        {
            "dbaas:regions": [{"name": "here"}, {"name": "there"}],
            "dbaas:databases": [
                {"name": "a", "engine": "pg", "namespace": "shop"},
                {"name": "b", "engine": "pg", "namespace": "shop", "region": "there"},
            ],
        },
    )
    assert [placed.region for placed in settings.databases] == ["here", "there"]


def test_a_misspelt_key_is_refused_with_the_nearest_offered() -> None:
    message = refusal(regions=REGIONS, databasess=[])
    assert "dbaas:databasess: is not a known key" in message
    assert 'did you mean "databases"?' in message


def test_a_misspelt_prefix_is_refused() -> None:
    with pytest.raises(SpecError, match='did you mean "dbaas:regions"'):
        parse("dev", {"dbaas:regions": REGIONS, "dbas:regions": REGIONS})


@pytest.mark.parametrize("prefix", ["database", "dbaas-components"])
def test_a_prefix_that_was_meant_to_be_ours_is_refused(prefix: str) -> None:
    with pytest.raises(SpecError, match='did you mean "dbaas:regions"'):
        parse("dev", {"dbaas:regions": REGIONS, f"{prefix}:regions": REGIONS})


def test_keys_of_other_prefixes_are_left_alone() -> None:
    assert parse("dev", {"dbaas:regions": REGIONS, "kubernetes:context": "x", "aws:region": "eu-west-1"}).regions


def test_a_wrong_type_is_named_with_its_path_its_value_and_what_is_expected() -> None:
    message = refusal(regions=REGIONS, manage_namespaces="yes")
    assert 'dbaas:manage_namespaces: "yes" is not true or false' in message


def test_all_problems_of_one_configuration_are_told_together() -> None:
    message = refusal(
        regions=[{"name": "local", "contxt": "x"}],
        databases=[
            {"name": "a", "engine": "postgres", "namespace": "shop"},
            {"name": "a", "engine": "pxc", "namespace": "shop", "replicas": 4},
            {"name": "x" * 23, "engine": "pxc", "namespace": "shop", "region": "mars"},
            {"engine": "pg"},
        ],
        custom_resource_definitions={"instal": True},
    )
    for part in (
        "dbaas:regions[0].contxt: is not a known key",
        'dbaas:databases[0].engine: "postgres" is not an engine',
        "dbaas:databases[1].replicas: replicas 4 is even",
        "dbaas:databases[2].name:",
        "at most 22",
        'dbaas:databases[2].region: "mars" is not a region',
        "dbaas:databases[3].name: is required",
        "dbaas:databases[3].namespace: is required",
        "dbaas:custom_resource_definitions.instal: is not a known key",
        'databases[0] and databases[1] are both named "a"',
    ):
        assert part in message, message


CLOUD = {"kubernetes": "eks", "buckets": {"name": "acme-backups", "credentials": "keys"}}
OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
NIGHTLY = {"name": "nightly", "cron": "0 1 * * *", "keep": 7}


def backed_up(**schedule: Any) -> dict[str, Any]:
    return {
        "name": "orders",
        "engine": "pg",
        "namespace": "shop",
        "storage": {"size": "20Gi", "tier": "medium"},
        "backup": {"schedules": [{**NIGHTLY, **schedule}]},
    }


def test_what_a_bucket_says_of_a_database_stands_at_the_database() -> None:
    never = backed_up(cron="0 25 * * *")
    here = [{"name": "eu-west-1"}]
    said = '.backup.schedules[0].cron: "0 25 * * *" is not a schedule; write five fields'
    message = refusal(regions=here, cloud=CLOUD, ownership=OWNERSHIP, databases=[never])
    assert message.startswith(f"Pulumi.dev.yaml: dbaas:databases[0]{said}")
    assert f"  dbaas:databases[0]{said}" in refusal(regions=here, cloud=CLOUD, databases=[never])
    both = [*here, {"name": "eu-central-1"}]
    topology = {"name": "orders", "engine": "pg", "database": {**never}, "regions": {"eu-west-1": {"hosts": ["a"]}}}
    for key in ("name", "engine"):
        topology["database"].pop(key)
    message = refusal(regions=both, cloud=CLOUD, ownership=OWNERSHIP, topologies=[topology])
    assert message.count("0 25 * * *") == 1
    assert f"dbaas:topologies[0].database{said}" in message


def test_what_is_wrong_with_one_key_hides_no_other_and_brings_nothing_that_only_follows() -> None:
    message = refusal(
        regions=[{"name": "eu-west-1", "platfrm": {}}],
        ownership={**OWNERSHIP, "owner": ""},
        cloud={**CLOUD, "tiers": {"high": {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "false"}}}},
        databases=[backed_up(), {**backed_up(cron="soon"), "name": "ledger"}],
    )
    assert [line.split(": ")[0].strip() for line in message.splitlines()[1:]] == [
        "dbaas:regions[0].platfrm",
        "dbaas:ownership.owner",
        "dbaas:cloud.tiers.high.parameters.encrypted",
        "dbaas:databases[1].backup.schedules[0].cron",
    ]


@pytest.mark.parametrize(
    "wrong", [{"regions": [{"name": "EU West"}]}, {"helm_releases": "no"}, {"custom_resource_definitions": {"x": 1}}]
)
def test_a_database_is_not_told_what_a_key_beside_it_has_wrong(wrong: dict[str, Any]) -> None:
    sound = {
        "regions": [{"name": "eu-west-1"}],
        "cloud": CLOUD,
        "ownership": OWNERSHIP,
        "platform": {"cert_manager": {}},
    }
    message = refusal(**{**sound, "databases": [backed_up()], **wrong})
    assert f"dbaas:{next(iter(wrong))}" in message
    assert "dbaas:databases" not in message
    assert "dbaas:cloud" not in message


def test_a_bucket_for_all_regions_is_refused() -> None:
    cloud = {**CLOUD, "buckets": {"name": "acme", "arguments": {"bucket": "one-for-all"}}}
    message = refusal(regions=[{"name": "eu-west-1"}], cloud=cloud, ownership=OWNERSHIP, databases=[backed_up()])
    assert (
        "dbaas:cloud.buckets.arguments.bucket: is what the stack says of each bucket by name; leave it out" in message
    )


def test_where_a_bucket_is_stands_at_its_region() -> None:
    message = refusal(regions=[{"name": "north"}], cloud=CLOUD, ownership=OWNERSHIP, databases=[backed_up()])
    assert 'dbaas:cloud.buckets.regions.north.region: "north" is not a region of AWS; write such as' in message
    cloud = {**CLOUD, "buckets": {"name": "acme", "regions": {"eu-west-1": {"oidc_provider": "x"}}}}
    message = refusal(regions=[{"name": "eu-west-1"}], cloud=cloud, ownership=OWNERSHIP, databases=[backed_up()])
    assert 'dbaas:cloud.buckets.regions.eu-west-1.oidc_provider: "x" is not an identity provider' in message


def test_an_empty_name_is_refused() -> None:
    message = refusal(regions=REGIONS, databases=[{"name": "", "engine": "pg", "namespace": "shop"}])
    assert "dbaas:databases[0].name: is empty; write a name" in message


def test_no_region_is_refused() -> None:
    assert "dbaas:regions: is required" in refusal()
    assert "dbaas:regions: is empty; name at least one region" in refusal(regions=[])


def test_a_region_that_is_wrong_is_not_also_called_empty() -> None:
    assert "is empty" not in refusal(regions=[{"nme": "local"}])


def test_two_regions_of_one_name_are_refused() -> None:
    assert '"local" stands there twice' in refusal(regions=REGIONS * 2)


@pytest.mark.parametrize(
    "document",
    [
        {"regions": {"secure": "v1:abc"}},
        {"regions": [{"name": "local", "kubeconfig": {"secure": "v1:abc"}}]},
    ],
    ids=["a whole key", "inside one"],
)
def test_an_encrypted_value_is_refused_since_settings_carry_references_only(document: dict[str, Any]) -> None:
    message = refusal(**document)
    assert "dbaas:regions: holds an encrypted value" in message
    assert "abc" not in message


def test_the_content_of_a_kubeconfig_is_refused_without_repeating_it() -> None:
    content = "apiVersion: v1\nusers: [{name: a, user: {token: hunter2}}]\n"
    message = refusal(regions=[{"name": "local", "kubeconfig": content}])
    assert "dbaas:regions[0].kubeconfig: holds a kubeconfig's content; write the path of a file" in message
    assert "hunter2" not in message


def test_a_kubeconfig_is_found_from_the_project_wherever_the_engine_runs() -> None:
    (region,) = parse("dev", {"dbaas:regions": [{"name": "local", "kubeconfig": "configs/dev"}]}).regions
    assert region.kubeconfig == str(PROJECT_FOLDER / "configs" / "dev")


def test_namespaces_whose_resources_would_have_one_name_are_refused() -> None:
    message = refusal(
        regions=[{"name": "a"}, {"name": "a-b"}],
        databases=[
            {"name": "x", "engine": "pg", "namespace": "b-c", "region": "a"},
            {"name": "y", "engine": "pg", "namespace": "c", "region": "a-b"},
        ],
    )
    assert "give one resource name, a-b-c, in two ways" in message


_KEYS = st.sampled_from(["name", "engine", "namespace", "replicas", "folder", "x"])
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab-:. ", max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            f"dbaas:{key}": _PLAIN
            for key in ("regions", "databases", "custom_resource_definitions", "manage_namespaces", "helm_releases")
        },
    )
)
def test_nonsense_is_either_accepted_or_refused_with_a_path_and_never_anything_else(document: dict[str, Any]) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        parse("dev", document)
    except SpecError as error:
        problems = error.problems
    if problems is not None:
        assert problems
        assert all(problem.path.startswith("dbaas:") and problem.message for problem in problems)


@pytest.mark.parametrize("region", [None, ["local"], {}], ids=repr)
def test_a_region_that_is_no_text_is_told_and_nothing_else(region: object) -> None:
    database = {"name": "orders", "engine": "pg", "namespace": "shop", "region": region}
    with pytest.raises(SpecError) as caught:
        parse("x", {"dbaas:regions": [{"name": "local"}], "dbaas:databases": [database]})
    assert [problem.path for problem in caught.value.problems] == ["dbaas:databases[0].region"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"context": ""}, "dbaas:regions[0].context"),
        ({"kubeconfig": ""}, "dbaas:regions[0].kubeconfig"),
        ({"kubeconfig": "~nobody-of-this-name/config"}, "dbaas:regions[0].kubeconfig"),
        ({"kubeconfig": "a\0b"}, "dbaas:regions[0].kubeconfig"),
    ],
)
def test_an_empty_or_impossible_way_to_a_cluster_is_refused(given: dict[str, str], path: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse("x", {"dbaas:regions": [{"name": "local", **given}]})
    assert [problem.path for problem in caught.value.problems] == [path]
