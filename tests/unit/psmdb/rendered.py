"""Rendered MongoDB databases, for tests that look into them."""

from __future__ import annotations

from typing import Any

import yaml

from dbaas_components.databases.composition import compose
from dbaas_components.databases.psmdb import ENGINE
from dbaas_components.databases.spec import parse_database
from tests.unit.psmdb.examples import FULL


def rendered(**args: Any) -> dict[str, Any]:
    """The custom resource's specification for these arguments."""
    return ENGINE.render(parse_database("orders", {"engine": "psmdb", "namespace": "shop", **args}))["spec"]


def full(shape: str) -> dict[str, Any]:
    """The custom resource's specification of an example."""
    return ENGINE.render(parse_database("orders", FULL[shape]))["spec"]


def objects(shape: str, kind: str, **args: Any) -> list[dict[str, Any]]:
    """The objects of one kind that an example, with other arguments here and there, is made of."""
    composition = compose(parse_database("orders", {**FULL[shape], **args}))
    return [one for one in composition.manifests() if one["kind"] == kind]


def settings(file: str) -> dict[str, Any]:
    """What a configuration file says."""
    return yaml.safe_load(file)
