"""Portworx as a program registers it: order, owners, warnings, and nothing at all where something breaks a database."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.portworx.component import Portworx
from dbaas_components.errors import SpecError
from dbaas_components.evaluate import Graph, evaluate
from dbaas_components.labels import COST_CENTRE, ENVIRONMENT, OWNER, TENANT
from tests.unit.portworx.test_portworx import EXTERNAL_GROWTH, args, database


def graph(**more: Any) -> Graph:
    return evaluate(lambda: Portworx("storage", args(**more)))  # type: ignore[arg-type]


def test_schedules_come_before_what_leans_on_them_and_everything_has_an_owner() -> None:
    found = graph(
        databases={"orders": database(overrides=EXTERNAL_GROWTH)},
        growth=[{"database": "orders", "max_size": "400Gi"}],
        snapshots=[{"database": "orders", "schedule": "nightly"}],
    )
    objects = [one for one in found if one.custom and one.type.startswith("kubernetes:")]
    assert [one.kind for one in objects].count("VolumeSnapshotSchedule") == 3
    schedule = found.one("SchedulePolicy")
    for one in objects:
        labels = one.inputs["metadata"]["labels"]
        assert all(labels.get(key) for key in (OWNER, COST_CENTRE, ENVIRONMENT, TENANT))
        if one.kind == "VolumeSnapshotSchedule":
            assert schedule.urn in one.dependencies


def test_copies_of_copies_are_an_output() -> None:
    (component,) = [one for one in graph() if one.type == "dbaas:index:Portworx"]
    assert "write all data 6 times" in component.outputs["warnings"][0]


def test_nothing_is_registered_where_a_database_would_break() -> None:
    with pytest.raises(SpecError, match="would be its only copies"):
        graph(databases={"orders": database(backup={})}, snapshots=[{"database": "orders", "schedule": "nightly"}])
