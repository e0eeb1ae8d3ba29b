"""Operators that run already: how they are told, and when one more is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.operators.installed import installed_problem, operators_among
from dbaas_components.bootstrap.operators.rows import OPERATORS
from dbaas_components.bootstrap.operators.spec import Installation


def deployment(image: str, *, namespace: str = "ops", name: str = "theirs", watched: Any = "") -> dict[str, Any]:
    variable = {"name": "WATCH_NAMESPACE", **(watched if isinstance(watched, dict) else {"value": watched})}
    container = {"name": "manager", "image": image, "env": [{"name": "LOG_LEVEL", "value": "INFO"}, variable]}
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


def problem(found: dict[str, Any], engine: str = "pxc", *, new: bool = True, **installation: Any) -> str | None:
    return installed_problem(Installation(**installation), OPERATORS[engine], operators_among([found]), new=new)


@pytest.mark.parametrize(
    ("image", "engine", "version"),
    [
        ("percona/percona-xtradb-cluster-operator:1.19.0", "pxc", "1.19.0"),
        ("mirror.example.com:5000/docker.io/percona/percona-server-mysql-operator:1.1.0@sha256:00", "ps", "1.1.0"),
        ("registry:5000/percona-server-mongodb-operator", "psmdb", "an unknown version"),
        ("perconalab/percona-postgresql-operator:main", "pg", "main"),
    ],
)
def test_an_operator_is_told_by_its_image_wherever_it_comes_from(image, engine, version):
    (found,) = operators_among([deployment(image)])
    assert (found.engine, found.version, found.watched) == (engine, version, None)


def test_what_an_operator_watches_is_read_from_it():
    image = "percona/percona-postgresql-operator:3.0.0"
    (some,) = operators_among([deployment(image, watched="shop, billing")])
    assert some.watched == {"shop", "billing", "ops"}
    (own,) = operators_among([deployment(image, watched={"valueFrom": {"fieldRef": {"fieldPath": "x"}}})])
    assert own.watched == {"ops"}


def test_deployments_of_anything_else_are_none():
    assert operators_among([deployment("percona/pmm-server:3"), deployment("nginx"), deployment("")]) == []


def test_one_that_watches_the_same_is_refused_with_the_way_out():
    told = problem(deployment("percona/percona-xtradb-cluster-operator:1.19.0"))
    assert told == (
        "an operator of pxc, 1.19.0, runs already as Deployment ops/theirs and would watch every namespace together "
        "with this one, 1.20.0, and two operators on one database undo each other's work; remove that operator, its "
        "databases keep running without it, or leave pxc out of engines, or give each namespaces of its own with "
        "watch_namespaces"
    )


@pytest.mark.parametrize(
    ("found", "engine", "installation"),
    [
        (deployment("percona/percona-xtradb-cluster-operator:1.19.0"), "pg", {}),
        (
            deployment("percona/percona-xtradb-cluster-operator:1.19.0", watched="shop"),
            "pxc",
            {"namespace": "billing", "watch_namespaces": ("billing",)},
        ),
    ],
)
def test_one_of_another_engine_or_of_other_namespaces_is_no_matter(found, engine, installation):
    assert problem(found, engine, **installation) is None


def ours(version: str, engine: str = "pxc") -> dict[str, Any]:
    row = OPERATORS[engine]
    return deployment(f"{row.repository}:{version}", namespace="percona-operators", name=row.chart)


def test_our_own_is_updated_and_never_downgraded():
    assert problem(ours("1.19.0"), new=False) is None
    assert problem(ours("1.20.0"), new=False) is None
    assert problem(ours("main"), new=False) is None
    told = problem(ours("1.21.0"), new=False)
    assert told is not None
    assert "is 1.21.0, newer than 1.20.0, which this library pins" in told
    assert told == problem(ours("1.21.0"), new=True)


@pytest.mark.parametrize(
    ("engine", "command"),
    [
        ("pxc", "`helm uninstall pxc-operator --namespace percona-operators`"),
        ("ps", "`kubectl delete deployment ps-operator --namespace percona-operators`"),
    ],
)
def test_what_stands_in_our_place_and_is_not_the_stacks_is_told_with_the_command(engine, command):
    told = problem(ours("1.0.0", engine), engine, new=True)
    assert told is not None
    assert command in told
    assert "run this again" in told
