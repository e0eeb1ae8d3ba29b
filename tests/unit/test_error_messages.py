"""What an error repeats of an input: one line that a terminal shows as it is, of bounded length, and never a secret."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.secret_store import VaultStore
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import Problem, SpecError, shown
from dbaas_components.quantities import Quantity
from dbaas_components.secrets import SecretReference

BUCKET = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "endpoint": "https://s3.example.com"}


def problems(engine: str = "pg", **args: Any) -> list[Problem]:
    with pytest.raises(SpecError) as refused:
        parse_database("orders", {"engine": engine, "namespace": "shop", **args})
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("path", "args"),
    [
        ("users[0].password", {"users": [{"name": "app", "password": "S3cret-Word"}]}),
        ("users[0].password", {"users": [{"name": "app", "password": 5301779}]}),
        ("credentials", {"credentials": "S3cret-Word"}),
        ("credentials.secret", {"credentials": {"secret": "S3cret-Word"}}),
        ("encryption.secret", {"encryption": {"provider": "secret", "secret": "S3cret-Word"}}),
        ("image_pull_secrets[0]", {"image_pull_secrets": ['{"auth": "S3cret-Word"}']}),
        ("backup.encryption_key", {"backup": {"encryption_key": "S3cret-Word"}}),
        (
            "backup.storages.main.credentials",
            {"backup": {"storages": {"main": {**BUCKET, "credentials": "S3cret-Word"}}}},
        ),
        (
            "backup.storages.main.endpoint",
            {"backup": {"storages": {"main": {**BUCKET, "endpoint": "https://me:S3cret-Word@s3"}}}},
        ),
        ("observability.pmm.secret", {"observability": {"pmm": {"server": "pmm", "secret": "S3cret-Word"}}}),
    ],
)
def test_a_value_where_the_place_of_a_secret_is_wanted_is_refused_and_not_repeated(path: str, args: dict[str, Any]):
    found = problems("psmdb", **args)
    assert path in [problem.path for problem in found]
    assert not any("S3cret-Word" in str(problem) or "5301779" in str(problem) for problem in found)


def test_a_secret_in_place_of_a_reference_is_not_repeated():
    with pytest.raises(ValueError, match=r"^is not a secret reference; write namespace/name/key$"):
        SecretReference.parse("S3cret-Word")


NAMES = ("name", "namespace", "engine", "version", "profile", "size", "storage", "owner", "tenant", "image_registry")


@pytest.mark.parametrize("field", NAMES)
@pytest.mark.parametrize(
    "text", ["a\nb", "\x1b[31mred", "a\u202eb", "\ud800"], ids=["line", "colour", "direction", "half"]
)
def test_an_error_stays_in_its_line_whatever_was_given(field: str, text: str):
    for problem in problems(**{field: text}):
        assert str(problem).isprintable()
    with pytest.raises(SpecError) as refused:
        parse_database("orders", {"engine": "pg", "namespace": "shop", field: text})
    assert all(line.isprintable() for line in str(refused.value).splitlines())


def test_a_key_stays_in_its_line_too():
    (problem,) = problems("pg", **{"a\nb": 1})
    assert str(problem).startswith("a\\nb: is not a known key; known are adopt, ")
    assert str(problem).endswith(", version, zones")


def test_a_form_that_is_missed_is_told():
    (problem,) = problems("pg", maintenance={"window": "at night"})
    assert str(problem).startswith('maintenance.window: "at night" has not the form that is wanted here: ^')


@pytest.mark.parametrize("field", ["replicas", "incarnation", "version", "storage", "paused", "parameters"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_number_of_thousands_of_digits_is_refused_in_words(engine: str, field: str):
    number: Any = 10**5000
    found = problems(engine, **{field: {"max_connections": number} if field == "parameters" else number})
    assert found[0].path.partition(".")[0] == field
    assert "a number of more than 60 digits" in found[0].message
    assert all(len(str(problem)) < 250 for problem in found)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2**64])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_parameter_that_no_server_reads_as_a_number_is_refused(engine: str, value: float):
    (problem,) = problems(engine, parameters={"max_connections": value})
    assert problem.path == "parameters.max_connections"
    assert str(value) in problem.message


@pytest.mark.parametrize("text", ["99999999999999d", "106581d", "9" * 5000 + "s", "999999999d999999999h"])
def test_a_time_that_the_operators_cannot_hold_is_refused(text: str):
    (problem,) = problems(slo={"rpo": "5m", "rto": text})
    assert problem.path == "slo.rto"
    assert "is longer than 106580d, and the operators hold no more; write less" in problem.message


def test_digits_are_those_of_kubernetes():
    assert [problem.path for problem in problems(storage="\u0661\u0660Gi")] == ["storage"]
    assert [problem.path for problem in problems(slo={"rpo": "5m", "rto": "\u0663h"})] == ["slo.rto"]
    schedules = [{"name": "daily", "cron": "0 \u0661 * * *"}]
    assert [problem.path for problem in problems(backup={"schedules": schedules})] == ["backup.schedules[0].cron"]


def test_a_quantity_of_thousands_of_digits_is_refused_in_few():
    with pytest.raises(ValueError, match="is not a quantity") as refused:
        Quantity.parse("9" * 6000 + "Gi")
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize("args", [{"spread": {"nodes": "x"}}, {"pods": {"resources": {"memory_limit": "x"}}}])
def test_a_field_that_takes_several_types_is_named_by_its_path_alone(args: dict[str, Any]):
    assert {problem.path for problem in problems(**args)} <= {"spread.nodes", "pods.resources.memory_limit"}


def test_a_problem_is_one_line_whatever_its_message_repeats():
    assert str(Problem("a\x1b", "b\nc\u202e")) == r"a\x1b: b\nc\u202e"


def test_a_choice_of_numbers_is_told_as_one_of_words_is():
    with pytest.raises(SpecError) as refused:
        parse_arguments(VaultStore, "store", {"version": 3})
    assert "version: 3 is not known here; choose 1 or 2" in [str(problem) for problem in refused.value.problems]


def test_a_login_in_an_address_is_left_out():
    assert shown("https://root:word@host/x") == '"https://...@host/x"'
    assert shown(object()) == "an instance of object"
