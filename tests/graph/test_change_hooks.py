"""Every database has the hook that refuses what loses data, one for all; where no engine can ask, there is none."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from dbaas_components import ManagedDatabase
from dbaas_components.databases import change_hooks
from dbaas_components.databases.change_hooks import guard_binding, guarded_options
from dbaas_components.databases.engines import ENGINES
from dbaas_components.evaluate import evaluate

NAME = "check for lost data"
PLACE = {"name": "orders", "namespace": "shop"}


def databases() -> None:
    for engine in ENGINES:
        ManagedDatabase(f"orders-{engine}", {"engine": engine, "namespace": "shop", "profile": "dev"})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the hooks that are made."""
    names: list[str] = []

    class Counted(pulumi.ResourceHook):
        def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
            names.append(name)
            super().__init__(name, *args, **kwargs)

    monkeypatch.setattr(pulumi, "ResourceHook", Counted)
    return names


def test_all_databases_of_a_program_share_one_hook_of_updates_and_have_none_of_deletions(made):
    graph = evaluate(databases)
    assert made == [NAME]
    for resource in graph:
        assert resource.hooks == {"before_update": (NAME,)}, resource.name
    evaluate(databases)
    assert made == [NAME, NAME]


def test_databases_made_at_once_in_tasks_of_their_own_share_it_too(made):
    async def one(name: str) -> None:
        await asyncio.sleep(0)
        ManagedDatabase(name, {"engine": "pg", "namespace": "shop", "profile": "dev"})

    async def program() -> None:
        await asyncio.gather(*(one(f"orders{number}") for number in range(5)))

    assert len(evaluate(program)) == 10
    assert made == [NAME]


def test_the_component_keeps_its_engine_and_its_place_and_its_children_do_not():
    graph = evaluate(databases)
    for engine in ENGINES.values():
        name = f"orders-{engine.name}"
        assert graph.one("ManagedDatabase", name).inputs == {**PLACE, "engine": engine.name, "name": name}
        assert "engine" not in graph.one(engine.kind).inputs


def test_the_callers_options_hooks_and_transformations_stay_as_they_are():
    seen: list[str] = []

    def note(args: pulumi.ResourceTransformationArgs) -> None:
        seen.append(args.name)

    given: list[pulumi.ResourceOptions] = []

    def program() -> None:
        own = pulumi.ResourceHook("own", lambda _args: None)
        hooks = pulumi.ResourceHookBinding(before_update=[own], after_create=[own])
        opts = pulumi.ResourceOptions(hooks=hooks, transformations=[note], protect=True)
        given.append(opts)
        ManagedDatabase("orders", {"engine": "pg", "namespace": "shop"}, opts)

    component = evaluate(program).one("ManagedDatabase")
    assert component.hooks == {"before_update": ("own", NAME), "after_create": ("own",)}
    assert component.protect
    assert component.inputs == {**PLACE, "engine": "pg"}
    assert seen == ["orders", "orders-database"]
    assert given[0].transformations == [note]
    assert given[0].hooks is not None
    assert len(given[0].hooks.before_update or []) == 1


def test_an_engine_older_than_hooks_gets_databases_without_them():
    def program() -> None:
        # What the SDK found out about the engine before it ran the program.
        cast("Any", SETTINGS).monitor_features.discard(resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS)
        databases()

    graph = evaluate(program)
    assert len(graph) == 2 * len(ENGINES)
    assert all(resource.hooks == {} for resource in graph)
    assert graph.one("ManagedDatabase", "orders-pg").inputs == {**PLACE, "engine": "pg", "name": "orders-pg"}


def test_an_sdk_that_confuses_the_hooks_of_two_programs_gets_databases_without_them(monkeypatch):
    monkeypatch.delitem(_CallbackServicer.__annotations__, "_loop")
    assert all(resource.hooks == {} for resource in evaluate(databases))


def test_without_an_engine_and_without_a_program_there_is_no_hook():
    assert guard_binding() is None
    assert guarded_options(None) is None


def test_an_evaluation_opens_no_port_and_leaves_nothing_behind(monkeypatch):
    def refuse(*_args: Any) -> None:
        raise AssertionError("an evaluation opened a port")

    monkeypatch.setattr("grpc.aio.Server.add_insecure_port", refuse)
    monkeypatch.setattr(socket.socket, "listen", refuse)
    monitors: list[weakref.ref[Any]] = []

    def program() -> None:
        monitors.append(weakref.ref(cast("Any", SETTINGS).monitor))
        databases()

    evaluate(program)
    gc.collect()
    assert monitors[0]() is None


def asked(**given: Any) -> pulumi.ResourceHookArgs:
    kubernetes = "kubernetes:pgv2.percona.com/v2:PerconaPGCluster"
    return pulumi.ResourceHookArgs(**{"urn": "u", "id": "i", "name": "orders-database", "type": kubernetes, **given})


def cluster(version: Any) -> dict[str, Any]:
    return {"kind": "PerconaPGCluster", "metadata": {"name": "orders"}, "spec": {"postgresVersion": version}}


class TestWhatTheEngineAsks:
    """The hook itself, with what an engine hands it; tests/steps has the engine do so."""

    def test_a_refused_change_is_told_with_the_databases_name(self):
        with pytest.raises(pulumi.RunError, match=r'^database "orders": version 16 is not the 17 that wrote its data'):
            change_hooks._refuse(asked(old_inputs=cluster(17), new_inputs=cluster(16)))

    def test_several_reasons_are_told_at_once(self):
        before, after = cluster(17), cluster(16)
        after["spec"]["dataSource"] = {"volumes": {}}
        with pytest.raises(pulumi.RunError, match=r'^database "orders": 2 problems\n  version 16 .*\n  a data source'):
            change_hooks._refuse(asked(old_inputs=before, new_inputs=after))

    def test_nothing_is_said_of_other_changes(self):
        change_hooks._refuse(asked(old_inputs=cluster(17), new_inputs=cluster(17)))
        change_hooks._refuse(asked(old_inputs=cluster(17), new_inputs={**cluster(16), "spec": object()}))
        change_hooks._refuse(asked(old_inputs=None, new_inputs=None))

    @pytest.mark.parametrize(
        ("before", "outputs"),
        [
            ({"engine": "pg"}, {}),
            ({}, {"kind": "PerconaPGCluster", "name": "shop-orders"}),
            (None, {"kind": "PerconaPGCluster"}),
        ],
        ids=["kept", "an earlier release's outputs", "no inputs at all"],
    )
    def test_another_engine_is_refused_by_what_the_component_was(self, before, outputs):
        component = {"type": "dbaas:index:ManagedDatabase", "name": "orders", "old_outputs": outputs}
        name = outputs.get("name", "orders")
        with pytest.raises(pulumi.RunError, match=rf'^database "{name}": engine "ps" is not the "pg" that it runs'):
            change_hooks._refuse(asked(**component, old_inputs=before, new_inputs={"engine": "ps"}))
        change_hooks._refuse(asked(**component, old_inputs=before, new_inputs={"engine": "pg"}))

    @pytest.mark.parametrize("field", ["name", "namespace"])
    @pytest.mark.parametrize("kept", [True, False], ids=["kept", "an earlier release's outputs"])
    def test_another_place_is_refused_by_what_the_component_was(self, field, kept):
        component = {"type": "dbaas:index:ManagedDatabase", "name": "orders", "old_outputs": PLACE}
        before = PLACE if kept else {"engine": "pg"}
        with pytest.raises(pulumi.RunError, match=f'^database "orders": {field} "other" is not the "{PLACE[field]}"'):
            change_hooks._refuse(asked(**component, old_inputs=before, new_inputs={**PLACE, field: "other"}))
        change_hooks._refuse(asked(**component, old_inputs=before, new_inputs=PLACE))
        unknown = {key: value for key, value in PLACE.items() if key != field}
        change_hooks._refuse(asked(**component, old_inputs=before, new_inputs=unknown))
        change_hooks._refuse(asked(**component, old_inputs=before, new_inputs={**PLACE, field: object()}))

    def test_a_component_of_which_nothing_is_known_is_let_through(self):
        component = {"type": "dbaas:index:ManagedDatabase", "old_outputs": None}
        change_hooks._refuse(asked(**component, old_inputs=None, new_inputs={"engine": "ps"}))
