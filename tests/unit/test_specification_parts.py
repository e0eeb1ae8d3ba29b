"""The parts of a specification: their defaults, and the short ways past what takes long to load."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator

import pytest
from croniter import croniter
from pydantic import ValidationError

from dbaas_components.databases.spec import database, topology
from dbaas_components.databases.spec.part import Part, _cron


def parts(model: type[Part]) -> Iterator[type[Part]]:
    for below in model.__subclasses__():
        yield below
        yield from parts(below)


def without_arguments() -> list[type[Part]]:
    found = [one for one in parts(Part) if not any(field.is_required() for field in one.model_fields.values())]
    assert {database.Pods, database.Backup, topology.Sharding} <= set(found)
    return found


@pytest.mark.parametrize("part", without_arguments(), ids=lambda one: one.__name__)
def test_the_usual_part_is_the_one_that_pydantic_checks(part):
    try:
        checked = part()
    except ValidationError:
        # Refused without any argument, and so nobody's default.
        defaults = [field.default for one in parts(Part) for field in one.model_fields.values()]
        assert not any(isinstance(default, part) for default in defaults)
        return
    assert part.usual() == checked
    assert part.usual().model_dump() == checked.model_dump()


def test_a_usual_part_with_values_is_the_one_that_pydantic_checks():
    assert database.Storage.usual(size="5Gi") == database.Storage(size="5Gi")
    assert topology.Sharding().config_storage == database.Storage(size="5Gi")


def test_every_plain_schedule_is_one_and_no_other():
    minutes, hours, days = ("0", "59", "07", "60"), ("0", "09", "19", "23", "24"), ("*", "0", "6", "2-6", "6-6", "7")
    for minute, hour, day in itertools.product(minutes, hours, days):
        text = f"{minute} {hour} * * {day}"
        right = croniter.is_valid(text) and day != "7"
        try:
            assert (_cron(text) == text) is right
        except ValueError:
            assert not right


@pytest.mark.slow
def test_small_databases_load_no_more_than_they_need():
    program = """
import sys
from dbaas_components.databases.composition import compose
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database

for engine in ENGINES:
    compose(parse_database("orders", {"engine": engine, "namespace": "shop"}))
print(*{"croniter", "dateutil", "kubernetes", "jinja2", "rich", "typer"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
