"""The examples as they are rendered."""

from __future__ import annotations

from typing import Any

from dbaas_components.databases.composition import compose
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from tests.unit.ps.examples import FULL

PS = ENGINES["ps"]


def manifests(shape: str, **more: Any) -> list[dict[str, Any]]:
    return compose(parse_database("orders", {**FULL[shape], **more})).manifests()


def of_kind(kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    (one,) = [manifest for manifest in found if manifest["kind"] == kind]
    return one


def database(shape: str, **more: Any) -> dict[str, Any]:
    return of_kind("PerconaServerMySQL", manifests(shape, **more))["spec"]


def small(**args: Any) -> dict[str, Any]:
    spec = parse_database("orders", {"engine": "ps", "namespace": "shop", **args})
    return PS.render(spec)["spec"]
