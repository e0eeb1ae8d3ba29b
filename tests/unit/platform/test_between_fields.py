"""Everything that is wrong with an input is told at once, checks over several fields among it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import model_validator

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.coroot.spec import CorootSpec
from dbaas_components.bootstrap.operators.spec import OperatorsSpec
from dbaas_components.bootstrap.secret_store import SecretStoreSpec
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.databases.spec.part import Part
from dbaas_components.errors import SpecError

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


def paths(model: Any, **given: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse_arguments(model, "it", {"ownership": OWNERSHIP, **given})
    return [problem.path for problem in caught.value.problems]


class Range(Part):
    low: int = 0
    high: int = 9
    name: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self

    @model_validator(mode="after")
    def _has_a_name_from_ten_on(self) -> Range:
        if self.high > 9 and not self.name:
            raise ValueError("has no name")
        return self


class Ranges(Part):
    ranges: tuple[Range, ...] = ()
    only: Range = Range()
    most: int = 1

    @model_validator(mode="after")
    def _few(self) -> Ranges:
        if len(self.ranges) > self.most:
            raise ValueError("are too many")
        return self


def told(**given: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse_arguments(Ranges, "ranges", given)
    return [str(problem) for problem in caught.value.problems]


def test_a_check_over_fields_that_are_right_is_told_beside_one_that_is_wrong():
    assert told(only={"low": 5, "high": 1, "name": 7}) == [
        "only.name: 7 is not text; write text",
        "only: low is above high",
    ]


def test_a_check_that_looks_at_a_wrong_field_is_left_out():
    assert told(only={"low": 5, "high": "x"}) == ['only.high: "x" is not a whole number; write a whole number']


def test_all_checks_of_a_part_are_told_and_each_once():
    assert told(only={"low": 50, "high": 10}) == ["only: low is above high", "only: has no name"]


def test_parts_in_lists_are_looked_at_one_by_one():
    assert told(ranges=[{"low": 5, "high": 1, "name": 7}, {"low": 0}, {"low": 7, "high": 6}]) == [
        "ranges[0].name: 7 is not text; write text",
        "ranges[2]: low is above high",
        "ranges[0]: low is above high",
    ]


def test_a_check_of_the_whole_is_told_beside_an_unknown_key_and_not_beside_a_wrong_part():
    few = [{"low": 1}, {"low": 2}]
    assert told(ranges=few, colour=2) == ["colour: is not a known key; choose most, only or ranges", "are too many"]
    # What was meant by it is not known.
    assert told(ranges=few, mots=2) == ['mots: is not a known key; choose most, only or ranges; did you mean "most"?']
    assert told(ranges=few, most="x") == ['most: "x" is not a whole number; write a whole number']


def test_a_misspelt_field_is_not_missing_besides():
    assert paths(SecretStoreSpec, namespaces=["shop"], valt={"address": "https://v:8200"}) == ["valt"]
    assert paths(SecretStoreSpec, namespaces=["shop"], owner="x") == ["owner", ""]


def test_of_real_parts():
    assert paths(CorootSpec, replicas=3, logs="yes") == ["logs", "replicas"]
    # Whether it has a database to share is not known.
    assert paths(CorootSpec, replicas=3, postgres={"host": "h"}) == [
        "postgres.user",
        "postgres.database",
        "postgres.password",
    ]
    assert paths(OperatorsSpec, replicas=0, service_monitor_labels={"a": "b"}) == ["replicas", "service_monitor_labels"]
    assert paths(SecretStoreSpec, namespaces=[], vault={"address": "x"}) == ["vault.address", "namespaces"]
    assert paths(SecretStoreSpec, namespaces=[]) == ["", "namespaces"]
    assert "consumers.keys" in paths(
        VaultSpec,
        replicas=2,
        seal={"aws_kms": {"key": "k", "region": "eu-west-1"}, "recovery_keys": "plain_in_a_secret"},
        consumers={
            "keys": [{"namespace": "a", "database": "b", "engine": "ps"}] * 2,
            "roles": [{"name": "x y", "service_accounts": ["a/b"], "rules": []}],
        },
    )
