"""What a database may be asked to be, and what is said when it may not."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.managed import ManagedDatabase
from dbaas_components.databases.sizes import PROFILES, SIZES
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import Problem, SpecError
from dbaas_components.quantities import Quantity

MINIMAL = {"engine": "pg", "namespace": "shop"}


def refused(args: dict[str, Any], *, name: str = "orders", path: str = "") -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        parse_database(name, args, path=path)
    return {problem.path: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_not_given_comes_from_the_tables(engine, profile):
    spec = parse_database("orders", {"engine": engine, "namespace": "shop", "profile": profile})
    values = PROFILES[profile]
    assert spec.name == "orders"
    assert spec.version == ENGINES[engine].versions.default
    assert spec.size == "small"
    assert spec.replicas == values.replicas
    assert spec.storage.size == values.storage
    assert spec.storage.storage_class is None
    assert spec.deletion_protection is values.deletion_protection
    assert spec.image_registry == "docker.io"


def test_the_profile_is_standard_and_only_dev_is_unprotected_and_single():
    assert parse_database("orders", MINIMAL).profile == "standard"
    assert {name: profile.deletion_protection for name, profile in PROFILES.items()} == {
        "dev": False,
        "standard": True,
        "critical": True,
    }
    assert {name: profile.replicas for name, profile in PROFILES.items()} == {"dev": 1, "standard": 3, "critical": 3}


def test_what_is_given_wins_over_every_default():
    given = {
        "name": "billing",
        "namespace": "shop",
        "engine": "psmdb",
        "version": "7.0",
        "profile": "dev",
        "size": "large",
        "replicas": 5,
        "storage": {"size": "20Gi", "storage_class": "fast-ssd"},
        "deletion_protection": True,
        "image_registry": "mirror.example.com/hub",
    }
    spec = parse_database("orders", given).model_dump(exclude_none=True)
    assert {field: spec[field] for field in given} == given


def test_none_counts_as_not_given():
    assert parse_database("orders", {**MINIMAL, "replicas": None, "version": None}) == parse_database("orders", MINIMAL)


def test_a_specification_cannot_be_changed_afterwards():
    spec = parse_database("orders", MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        spec.replicas = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("args", "path", "message"),
    [
        ({"replicas": 4, "engine": "pxc"}, "replicas", "replicas 4 is even; Galera needs an odd count of 3 or 5"),
        ({"replicas": 7, "engine": "pxc"}, "replicas", "replicas 7 is too many; Galera needs an odd count of 3 or 5"),
        (
            {"replicas": 9, "engine": "ps"},
            "replicas",
            "replicas 9 is too many; group replication needs an odd count of 3, 5 or 7",
        ),
        (
            {"replicas": 2, "engine": "psmdb"},
            "replicas",
            "replicas 2 is even; a replica set needs an odd count of 3, 5 or 7",
        ),
        (
            {"replicas": 1, "engine": "ps"},
            "replicas",
            "replicas 1 is too few; group replication needs an odd count of 3, 5 or 7 (one replica, without failover, "
            "is for profile dev)",
        ),
        (
            {"replicas": 2, "engine": "pxc", "profile": "dev"},
            "replicas",
            "replicas 2 is even; Galera needs an odd count of 1, 3 or 5",
        ),
        (
            {"replicas": 1},
            "replicas",
            "replicas 1 is too few; streaming replication needs 2 to 9 "
            "(one replica, without failover, is for profile dev)",
        ),
        ({"replicas": 10}, "replicas", "replicas 10 is too many; streaming replication needs 2 to 9"),
        ({"replicas": 0, "profile": "dev"}, "replicas", "replicas 0 is too few; streaming replication needs 1 to 9"),
        ({"replicas": -2, "engine": "pxc"}, "replicas", "replicas -2 is too few; Galera needs an odd count of 3 or 5"),
        ({"replicas": "3"}, "replicas", '"3" is not a whole number; write a whole number'),
        ({"replicas": True}, "replicas", "True is not a whole number; write a whole number"),
        ({"replicas": 3.0}, "replicas", "3.0 is not a whole number; write a whole number"),
        ({"storage": "900Mi"}, "storage", "900Mi is too little; pg needs at least 1Gi"),
        ({"storage": "-5Gi"}, "storage", '"-5Gi" is not more than nothing; write such as 500m or 10Gi'),
        ({"storage": "2Pi"}, "storage", "2Pi is more than any volume holds; write at most 1Pi"),
        (
            {"storage": "10GB"},
            "storage",
            '"10GB" is not a quantity; write a number with Ki, Mi, Gi or Ti, such as 10Gi',
        ),
        ({"storage": 10}, "storage", "10 is not a mapping; write a mapping"),
        ({"storage": {"size": 10}}, "storage.size", "10 is not text; write text"),
        ({"storage": {"size": "900Mi"}}, "storage.size", "900Mi is too little; pg needs at least 1Gi"),
        ({"storage": ["10Gi"]}, "storage", "a list is not a mapping; write a mapping"),
        ({"storage": "4000000000.5"}, "storage", "4000000000.5 is not a whole number of bytes; write such as 10Gi"),
        ({"engine": "pcx"}, "engine", '"pcx" is not an engine; choose pg, ps, psmdb or pxc; did you mean "pxc"?'),
        ({"engine": "pxc", "version": "5.7"}, "version", '"5.7" is not a version of pxc; choose 8.0 or 8.4'),
        ({"version": 18}, "version", '18 is not text; write it in quotes, "18"'),
        ({"version": 8.4}, "version", '8.4 is not text; write it in quotes, "8.4"'),
        (
            {"profile": "critcal"},
            "profile",
            '"critcal" is not a profile; choose critical, dev or standard; did you mean "critical"?',
        ),
        ({"size": "huge"}, "size", '"huge" is not a size; choose large, medium or small'),
        ({"deletion_protection": "yes"}, "deletion_protection", '"yes" is not true or false; write true or false'),
        (
            {"namespace": "Shop"},
            "namespace",
            '"Shop" is not a valid namespace; use lower-case letters, digits and hyphens, '
            "not starting or ending with a hyphen",
        ),
        ({"namespace": None}, "namespace", "is required and was not given; add it"),
        ({"engine": None}, "engine", "is required and was not given; add it"),
        (
            {"name": "Orders"},
            "name",
            '"Orders" is not a valid name; use lower-case letters, digits and hyphens, starting with a letter and '
            "not ending with a hyphen",
        ),
        (
            {"storage": {"storage_class": ""}},
            "storage.storage_class",
            '"" is not a name in Kubernetes; use lower-case letters, digits, hyphens and dots',
        ),
        (
            {"image_registry": "https://mirror.example.com"},
            "image_registry",
            '"https://mirror.example.com" is not a registry; write a host with an optional port and path and no '
            "scheme, such as docker.io or mirror.example.com:5000/docker-hub",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_value_choice_and_remedy(args, path, message):
    assert refused({**MINIMAL, **args}) == {path: message}


def test_a_misspelt_key_is_refused_with_the_nearest_one():
    message = refused({**MINIMAL, "replcias": 3})["replcias"]
    assert message == 'is not a known key; did you mean "replicas"?'
    nested = refused({**MINIMAL, "backup": {"pitr": {"intervall": "5m"}}})["backup.pitr.intervall"]
    assert nested.endswith('did you mean "interval"?')


@pytest.mark.parametrize(("engine", "limit"), [("pxc", 22), ("ps", 38), ("psmdb", 47), ("pg", 30)])
def test_a_name_may_be_as_long_as_the_engine_allows_and_no_longer(engine, limit):
    args = {"engine": engine, "namespace": "shop"}
    assert parse_database("a" * limit, args).name == "a" * limit
    message = refused(args, name="a" * (limit + 1))["name"]
    assert f"has {limit + 1} characters" in message
    assert f"shorten it to at most {limit}" in message


@pytest.mark.parametrize("name", ["postgres", "monitor", "pgbouncer", "template1", "public", "none"])
def test_a_name_that_is_a_role_or_database_of_pg_itself_is_refused_for_pg_alone(name):
    message = refused(MINIMAL, name=name)["name"]
    assert message.startswith(f'"{name}" is reserved in pg: ')
    assert message.endswith("; choose another name")
    assert parse_database(name, {"engine": "pxc", "namespace": "shop"}).name == name


@pytest.mark.parametrize(
    ("key", "written"), [(True, "true"), (1, "1"), (None, "null"), (8.4, "8.4"), ((1, 2), "a list")]
)
def test_a_key_that_is_not_text_is_refused_with_the_known_ones(key, written):
    problems = refused({**MINIMAL, key: "x", "size": "huge"}, path="databases[0]")
    assert list(problems) == ["databases[0].size", f"databases[0].{written}"]
    assert problems[f"databases[0].{written}"].startswith("is a key that is not text; ")


@pytest.mark.parametrize(("args", "words"), [(None, "null"), ([], "a list"), ("pg", '"pg"'), (5, "5")])
def test_arguments_that_are_no_mapping_are_refused_in_words(args, words):
    with pytest.raises(SpecError) as caught:
        ManagedDatabase("orders", args)
    assert str(caught.value).startswith(f'database "orders": the arguments must be a mapping, and {words} was given')


def test_all_problems_come_at_once_in_the_order_of_the_fields_under_the_callers_path():
    args = {
        "sise": "small",
        "storage": "10GB",
        "replicas": 4,
        "profile": "prod",
        "version": 8.4,
        "engine": "pxc",
        "namespace": "Shop",
    }
    problems = refused(args, name="orders-of-the-whole-company", path="databases[2]")
    assert list(problems) == [
        f"databases[2].{field}" for field in ("name", "namespace", "version", "profile", "replicas", "storage", "sise")
    ]


def test_a_field_of_a_wrong_type_hides_no_rule_about_the_others():
    problems = refused({"engine": "pxc", "replicas": 4, "storage": "1Gi", "size": 3}, path="databases[0]")
    assert list(problems) == [f"databases[0].{field}" for field in ("namespace", "size", "replicas", "storage")]


def test_one_problem_is_one_line_and_several_are_a_list():
    with pytest.raises(SpecError) as one:
        parse_database("orders", {**MINIMAL, "size": "huge"})
    assert str(one.value) == 'database "orders": size: "huge" is not a size; choose large, medium or small'
    with pytest.raises(SpecError) as two:
        parse_database("orders", {**MINIMAL, "size": "huge", "version": "9"})
    assert str(two.value).splitlines()[0] == 'database "orders": 2 problems'
    assert len(str(two.value).splitlines()) == 3


def test_only_the_namespace_may_be_an_output():
    async def late() -> None:
        output = pulumi.Output.from_input("later")
        assert parse_database("orders", {**MINIMAL, "namespace": output}).namespace == ""
        message = refused({**MINIMAL, "replicas": output})["replicas"]
        assert message == "is an output of another resource; only namespace may be one, so write a plain value"
        assert refused({**MINIMAL, "name": output}) == {"name": message}
        with pytest.raises(SpecError, match="must be a mapping, and an output of another resource was given"):
            parse_database("orders", output)  # type: ignore[arg-type]

    asyncio.run(late())


def test_the_arguments_of_a_specification_make_the_same_one_again():
    spec = parse_database("orders", {**MINIMAL, "size": "large"})
    assert parse_database("other", spec.arguments()) == spec


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers())
nearly = {
    "name": st.sampled_from(["orders", "a" * 40, "A"]),
    "namespace": st.sampled_from(["shop", "-"]),
    "engine": st.sampled_from([*ENGINES, "mysql"]),
    "version": st.sampled_from(["8.4", "8.0", "18", "1"]),
    "profile": st.sampled_from([*PROFILES, "prod"]),
    "size": st.sampled_from([*SIZES["pg"], "huge"]),
    "replicas": st.integers(-1, 10),
    "storage": st.sampled_from(["10Gi", "1Mi", "much"]),
    "deletion_protection": st.booleans(),
    "unknown": st.integers(),
    True: st.integers(),
    8.4: st.integers(),
}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # How busy the machine is, is not the question.
@given(st.fixed_dictionaries({}, optional={key: value | anything for key, value in nearly.items()}))
def test_any_input_gives_a_valid_specification_or_problems_and_nothing_else(args):
    problems: tuple[Problem, ...] = ()
    spec: DatabaseSpec | None = None
    try:
        spec = parse_database("orders", args)
    except SpecError as error:
        problems = error.problems
    assert len({problem.path for problem in problems}) == len(problems)
    assert bool(problems) == (spec is None)
    if spec is None:
        return
    engine, profile = ENGINES[spec.engine], PROFILES[spec.profile]
    assert spec.replicas in engine.replicas.allowed or (spec.replicas == 1 and profile.single_replica)
    assert Quantity.parse(spec.storage.size) >= Quantity.parse(engine.minimum_storage)
    assert spec.version in engine.versions.series
    assert len(spec.name) <= engine.name_limit.characters


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("postgres", '"pg"'),
        ("PostgreSQL", '"pg"'),
        ("mongodb", '"psmdb"'),
        ("mysql", '"ps" or "pxc"'),
        ("pxcc", '"pxc"'),
    ],
)
def test_a_common_word_for_an_engine_is_refused_with_ours_offered(word, meant):
    assert f"did you mean {meant}?" in refused({**MINIMAL, "engine": word})["engine"]
