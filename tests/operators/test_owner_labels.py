"""Owner labels under the real PXC and PSMDB operators: they arrive, and a change of them breaks no update.

No pod runs here (see test_databases.py), so that a StatefulSet has its first claim only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.labels import COST_CENTRE, OWNER
from embedded.operators import RunningOperator
from tests.api.objects import ApiServer, Refused
from tests.operators.healing import heals

pytestmark = [pytest.mark.operators, pytest.mark.api]

_PATIENCE = 120.0
SETS = {"pxc": ("orders-pxc", "datadir-orders-pxc-0"), "psmdb": ("orders-rs0", "mongod-data-orders-rs0-0")}
CLAIMS_ARE_LABELLED = {"pxc": False, "psmdb": True}


def labels(found: Mapping[str, Any]) -> dict[str, str]:
    return found["metadata"].get("labels") or {}


def eventually(look: Callable[[], bool], what: str, operators: Mapping[str, RunningOperator]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        for operator in operators.values():
            operator.check()
        try:
            if look():
                return
        except Refused as error:
            if error.status != 404:
                raise
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {_PATIENCE:g} s")
        time.sleep(0.5)


@pytest.mark.parametrize("engine", SETS)
def test_labels_arrive_and_another_owner_is_no_trouble(
    engine: str, new_api_server: tuple[ApiServer, Path], operators: Mapping[str, RunningOperator]
) -> None:
    api = new_api_server[0]
    namespace = api.new_namespace(f"owned-{engine}")
    path = f"/apis/{ENGINES[engine].api_version}/namespaces/{namespace}/{ENGINES[engine].plural}/orders"
    name, claim = SETS[engine]
    stateful_set = f"/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}"
    claim_path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim}"

    def give(owner: str) -> None:
        args = {"engine": engine, "namespace": namespace, "profile": "dev", "owner": owner, "cost_centre": "4711"}
        api.apply(path, compose(parse_database("orders", args)).database)

    def owned_by(owner: str) -> bool:
        pods = labels(api.call("GET", stateful_set)["spec"]["template"])
        found = labels(api.call("GET", claim_path))
        claims = {OWNER: owner, COST_CENTRE: "4711"}.items() <= found.items()
        return (pods.get(OWNER), pods.get(COST_CENTRE)) == (owner, "4711") and claims == CLAIMS_ARE_LABELLED[engine]

    give("red")
    eventually(lambda: owned_by("red"), "labels of the first owner", operators)
    give("blue")
    eventually(lambda: owned_by("blue"), "labels of another owner", operators)
    eventually(lambda: api.call("GET", path)["status"]["state"] == "initializing", "no error that stays", operators)
    events = api.call("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
    warnings = [event["message"] for event in events if event["type"] != "Normal"]
    assert [message for message in warnings if not heals(message)] == []
    if engine == "pxc":
        assert OWNER not in labels(api.call("GET", claim_path))
