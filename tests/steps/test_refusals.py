"""Changes that would lose data are refused by the real engine in a preview already, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from dbaas_components.kubernetes_objects import KubernetesObject
from tests.engine.provider_stack import ProviderStack, Told
from tests.steps.test_databases import ENGINES, kubeconfig, namespace, program, stack

__all__ = ["kubeconfig", "namespace", "stack"]

pytestmark = pytest.mark.steps

HOOK = 'before hook "check for lost data" failed: '


def refused(stack: ProviderStack, operation: str, body: Callable[[], None]) -> str:
    """The one reason for which the operation fails."""
    _, said = stack.failure(operation, body)
    assert "code: 1" in said
    # The engine's output and not its events: the SDK stops reading those when a command fails, and may miss the last.
    reasons = {line.partition(HOOK)[2].strip() for line in said.splitlines() if HOOK in line}
    assert len(reasons) == 1, said
    return reasons.pop()


def changed(told: Told) -> set[str]:
    """What was really done, beyond looking."""
    done = [event.res_outputs_event.metadata for event in told.events if event.res_outputs_event]
    return {f"{step.op.value} {step.urn.rsplit('::', 1)[1]}" for step in done if step.op.value != "same"}


def changed_database(stack: ProviderStack) -> Any:
    return stack.resources()["orders-database"]["inputs"]["spec"]


OWNERS = {"pg": 'instance set "instance1"', "psmdb": 'replica set "rs0"', "ps": "the database", "pxc": "the database"}


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_smaller_volume_is_refused_in_preview_and_update_and_a_larger_one_is_not(
    stack: ProviderStack, namespace: str, engine_name: str
) -> None:
    def sized(storage: str) -> Callable[[], None]:
        return program(namespace, ("orders", {"engine": engine_name, "storage": {"size": storage}}))

    stack.up(sized("40Gi"))
    before = changed_database(stack)
    reason = refused(stack, "preview", sized("20Gi"))
    assert reason.startswith(f'database "orders": storage 20Gi is less than the 40Gi of {OWNERS[engine_name]}')
    assert reason.endswith(
        "and volumes never shrink; keep the size, or restore a backup into a new database with less storage"
    )
    assert "\n" not in reason
    told, _ = stack.failure("up", sized("20Gi"))
    assert changed(told) == set()
    assert changed_database(stack) == before
    assert stack.preview(sized("40Gi")).order("orders-database") == ["same"]
    told, _ = stack.up(sized("60Gi"))
    assert told.order("orders-database") == ["update"]


def test_one_refused_database_is_told_beside_others_that_change(stack: ProviderStack, namespace: str) -> None:
    def sized(orders: str, ledger: str) -> Callable[[], None]:
        return program(
            namespace,
            ("orders", {"engine": "ps", "storage": {"size": orders}}),
            ("ledger", {"engine": "ps", "storage": {"size": ledger}}),
        )

    stack.up(sized("40Gi", "40Gi"))
    assert refused(stack, "preview", sized("60Gi", "20Gi")).startswith('database "ledger": storage 20Gi is less')


@pytest.mark.parametrize("protected", [False, True], ids=["unprotected", "protected"])
def test_another_engine_is_refused_in_preview_and_leaves_the_database_alone(
    stack: ProviderStack, namespace: str, protected: bool
) -> None:
    def run_by(engine_name: str) -> Callable[[], None]:
        return program(namespace, ("orders", {"engine": engine_name, "deletion_protection": protected}))

    stack.up(run_by("pxc"))
    assert refused(stack, "preview", run_by("ps")) == (
        'database "orders": engine "ps" is not the "pxc" that it runs, and no engine reads the data of another, so '
        'that it would begin empty; keep "pxc", or make a new database under another name and move the data there'
    )
    told, _ = stack.failure("up", run_by("ps"))
    assert changed(told) == set()
    assert stack.resources()["orders-database"]["type"].endswith("PerconaXtraDBCluster")
    told, _ = stack.up(program(namespace, ("orders", {"engine": "pxc"})))
    assert told.order("orders-database") == ["same"]


@pytest.mark.parametrize("protected", [False, True], ids=["unprotected", "protection taken away with it"])
@pytest.mark.parametrize("field", ["name", "namespace"])
def test_another_place_is_refused_in_preview_and_leaves_the_database_alone(
    stack: ProviderStack, namespace: str, field: str, protected: bool
) -> None:
    def placed(**args: Any) -> Callable[[], None]:
        return program(namespace, ("orders", {"engine": "pg", **args}))

    stack.up(placed(deletion_protection=protected))
    moved = placed(**{field: "default"}, deletion_protection=False)
    had = namespace if field == "namespace" else "orders"
    assert refused(stack, "preview", moved) == (
        f'database "orders": {field} "default" is not the "{had}" of the database that runs, which would be deleted '
        f'and begin empty there, because Kubernetes moves none; keep "{had}", or make a new database under another '
        "name and move the data there"
    )
    told, _ = stack.failure("up", moved)
    assert changed(told) == set()
    told, _ = stack.up(placed())
    assert told.order("orders-database") == ["same"]


def test_another_engine_is_refused_too_where_the_state_is_of_a_release_that_kept_none(
    stack: ProviderStack, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("dbaas_components.databases.managed.guarded_options", lambda opts: opts)
        earlier.setattr("dbaas_components.databases.managed.component_inputs", lambda *_, **__: None)
        earlier.setattr("dbaas_components.databases.managed.guard_binding", lambda **_: None)
        stack.up(program(namespace, ("orders", {"engine": "pg"})))
    assert "inputs" not in stack.resources()["orders"]
    assert 'engine "ps" is not the "pg"' in refused(stack, "preview", program(namespace, ("orders", {"engine": "ps"})))
    told, _ = stack.up(program(namespace, ("orders", {"engine": "pg"})))
    assert told.order("orders") == ["update"]
    assert told.order("orders-database") == ["same"]
    assert stack.preview(program(namespace, ("orders", {"engine": "pg"}))).order("orders") == ["same"]


def test_removal_while_protected_is_refused_in_preview_and_says_what_is_protected(
    stack: ProviderStack, namespace: str
) -> None:
    protected = ("orders", {"engine": "pg", "deletion_protection": True})
    stack.up(program(namespace, protected))
    told, said = stack.failure("preview", program(namespace))
    assert "code: 1" in said
    reasons = [" ".join(message.split()) for message in told.messages if "it is protected" in message]
    assert len(reasons) == 1, told.messages
    assert re.search(
        r'PerconaPGCluster::orders-database" cannot be deleted because it is protected\. To unprotect', reasons[0]
    )
    assert stack.resources()["orders-database"]["protect"] is True
    stack.up(program(namespace, ("orders", {"engine": "pg"})))


def test_a_version_that_cannot_read_the_data_is_refused_in_preview(stack: ProviderStack, namespace: str) -> None:
    stack.up(program(namespace, ("orders", {"engine": "pg", "version": "17"})))
    assert refused(stack, "preview", program(namespace, ("orders", {"engine": "pg", "version": "18"}))) == (
        'database "orders": version 18 is not the 17 that wrote its data, and PostgreSQL reads no data of another '
        "major version; keep 17, or run a PerconaPGUpgrade, then `pulumi refresh`, and then write 18"
    )


def test_a_value_that_a_preview_does_not_know_yet_refuses_nothing(
    stack: ProviderStack, namespace: str, crds_folder: Path | None
) -> None:
    if crds_folder is None:
        pytest.skip("the official CRDs are not here, and stand-ins ask for every field that this library always writes")

    def volumes(size: str, *, later: bool) -> Callable[[], None]:
        def body() -> None:
            from dbaas_components.databases.change_hooks import guard_binding

            chosen: pulumi.Input[str] = size
            if later:
                metadata = {"name": f"{namespace}-size", "namespace": "default"}
                made = KubernetesObject("size", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
                chosen = made.metadata.apply(lambda _: size)
            claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": chosen}}}
            pxc = {"size": 1, "image": "percona/percona-xtradb-cluster:8.0.45-36.1"}
            KubernetesObject(
                "orders-database",
                {
                    "apiVersion": "pxc.percona.com/v1",
                    "kind": "PerconaXtraDBCluster",
                    "metadata": {"name": namespace, "namespace": "default"},
                    "spec": {"pxc": {**pxc, "volumeSpec": {"persistentVolumeClaim": claim}}},
                },
                pulumi.ResourceOptions(hooks=guard_binding()),
            )

        return body

    stack.up(volumes("40Gi", later=False))
    assert stack.preview(volumes("20Gi", later=True)).order("orders-database") == ["update"]
    # What a preview cannot see, the update does.
    told, _ = stack.failure("up", volumes("20Gi", later=True))
    assert any("storage 20Gi is less than the 40Gi" in message for message in told.messages)
    assert "update orders-database" not in changed(told)


def test_refresh_and_destroy_need_no_program_for_a_guarded_database(stack: ProviderStack, namespace: str) -> None:
    stack.up(program(namespace, ("orders", {"engine": "pg"})))
    assert stack.resources()["orders-database"]["resourceHooks"] == {"BeforeUpdate": ["check for lost data"]}
    stack.refresh(program(namespace, ("orders", {"engine": "pg"})))
    told = stack.destroy()
    assert told.order("orders-database") == ["delete"]
