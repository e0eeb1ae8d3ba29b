"""A restore runs into a new database and never again: the real engine refuses one that would write over data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack
from tests.steps.test_databases import kubeconfig, namespace, stack
from tests.steps.test_life import program

__all__ = ["kubeconfig", "namespace", "stack"]

pytestmark = pytest.mark.steps

HOOK = 'before hook "check for a restore over data" failed: '
PLACE = {"type": "s3", "bucket": "backups", "region": "eu-west-1", "credentials": "s3"}
SOURCE = {"storage": "main", "path": "shop/orders/1", "backup": "2026-11-20"}
BACKUPS: dict[str, Any] = {"backup": {"storages": {"main": PLACE}}}
BASE: dict[str, dict[str, Any]] = {
    "pxc": {**BACKUPS, "credentials": {"secret": "passwords"}},
    "ps": {**BACKUPS, "credentials": {"secret": "passwords"}},
    "psmdb": {**BACKUPS, "credentials": {"secret": "passwords"}},
}
RESTORES = {
    "pxc": "/apis/pxc.percona.com/v1/namespaces/{}/perconaxtradbclusterrestores",
    "ps": "/apis/ps.percona.com/v1/namespaces/{}/perconaservermysqlrestores",
    "psmdb": "/apis/psmdb.percona.com/v1/namespaces/{}/perconaservermongodbrestores",
}


@pytest.fixture(autouse=True)
def official(crds_folder: Path | None) -> None:
    if crds_folder is None:
        pytest.skip("stand-in definitions know no restores, and the official CRDs are not at hand")


@pytest.mark.parametrize("engine_name", BASE)
def test_a_restore_is_for_a_database_that_the_same_run_makes(
    stack: ProviderStack, namespace: str, kubeconfig: Path, engine_name: str
) -> None:
    def started(**source: Any) -> Callable[[], None]:
        data_source = {"data_source": {**SOURCE, **source}} if source.pop("given", True) else {}
        return program(namespace, "orders", {"engine": engine_name, **BASE[engine_name], **data_source})

    def refused(operation: str) -> str:
        # The output and not the events: when a command fails, the SDK stops reading those and may miss the last one.
        _, said = stack.failure(operation, started())
        (reason,) = {line.partition(HOOK)[2].strip() for line in said.splitlines() if HOOK in line}
        return reason

    stack.up(started())
    assert {"create", "update", "replace"}.isdisjoint(stack.up(started())[1].summary.resource_changes or {})

    # Somebody tidies up the finished restore, and somebody else refreshes the stack.
    server, path = ApiServer(kubeconfig), RESTORES[engine_name].format(namespace)
    (restore,) = server.call("GET", path)["items"]
    server.call("DELETE", f"{path}/{restore['metadata']['name']}")
    stack.refresh(started())
    sentence = refused("preview")
    assert sentence.startswith('database "orders": the restore of its data_source would write over what')
    assert 'data_source.overwrite "orders"' in sentence
    assert refused("up") == sentence
    assert server.call("GET", path)["items"] == []

    # What it started from is told no more, and the database stays; told again, it is refused again.
    told, _ = stack.up(started(given=False))
    assert told.order("orders-database")[-1] in {"same", "update"}
    assert refused("preview") == sentence
    stack.up(started(overwrite="orders"))
    assert len(server.call("GET", path)["items"]) == 1
