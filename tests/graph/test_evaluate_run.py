"""Running programs: URNs, exports, configuration, errors, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi import ResourceOptions

from dbaas_components.errors import Problem, SpecError
from dbaas_components.evaluate import (
    UNKNOWN,
    DuplicateUrnError,
    EvaluationError,
    Reference,
    ResourceLookupError,
    Secret,
    evaluate,
)


class Part(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__("test:index:Part", name, None, opts)


class Whole(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__("test:index:Whole", name, None, opts)
        config_map(f"{name}-leaf", parent=Part(f"{name}-part", ResourceOptions(parent=self)))
        self.register_outputs({"size": 3, "password": pulumi.Output.secret("hunter2")})


def config_map(name: str, data: Any = None, **opts: Any) -> k8s.core.v1.ConfigMap:
    metadata: Any = {"name": name, "namespace": "db"}
    return k8s.core.v1.ConfigMap(name, metadata=metadata, data=data, opts=ResourceOptions(**opts))


def test_a_urn_holds_the_types_of_all_parents():
    graph = evaluate(lambda: Whole("w"), project="shop", stack="prod")
    leaf = graph.one("ConfigMap")
    assert leaf.urn == "urn:pulumi:prod::shop::test:index:Whole$test:index:Part$kubernetes:core/v1:ConfigMap::w-leaf"
    assert graph.stack.urn == "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
    assert leaf.parent == graph.one("Part").urn
    assert graph.one("Whole").parent == graph.stack.urn
    assert graph.stack.parent is None
    assert [resource.name for resource in graph.descendants(graph.one("Whole"))] == ["w-leaf", "w-part"]


def test_outputs_of_a_component_are_what_it_registers():
    whole = evaluate(lambda: Whole("w")).one("Whole")
    assert whole.outputs == {"size": 3, "password": Secret("hunter2")}
    assert whole.secret_output_paths == ("password",)
    assert whole.outputs_registered
    assert not evaluate(lambda: Part("p")).one("Part").outputs_registered


def test_two_resources_of_one_urn_are_refused_as_by_the_engine():
    def program() -> None:
        k8s.core.v1.ConfigMap("same")
        k8s.core.v1.ConfigMap("same")

    with pytest.raises(DuplicateUrnError) as caught:
        evaluate(program)
    urn = "urn:pulumi:dev::project::kubernetes:core/v1:ConfigMap::same"
    assert str(caught.value).startswith(f"Duplicate resource URN '{urn}'; try giving it a unique name")
    assert caught.value.urn == urn
    first, second = (place.rpartition(":") for place in caught.value.places)
    assert first[0] == second[0] == __file__
    assert int(second[2]) == int(first[2]) + 1


def test_one_name_under_two_types_of_parent_is_no_duplicate():
    def program() -> None:
        config_map("same")
        config_map("same", parent=Part("p"))

    assert len(evaluate(program).all("ConfigMap")) == 2


def test_whole_numbers_stay_integers_in_inputs_outputs_exports_and_text():
    def program() -> None:
        k8s.apps.v1.Deployment("d", metadata={"name": "d"}, spec={"replicas": 3, "selector": {}, "template": {}})
        pulumi.export("count", 3)
        pulumi.export("ratio", 0.5)

    graph = evaluate(program)
    assert repr(graph.one("Deployment").inputs["spec"]["replicas"]) == "3"
    assert repr(graph.exports) == repr({"count": 3, "ratio": 0.5})
    assert "replicas: 3\n" in graph.text()


def test_secret_inputs_and_exports_are_visible_as_such_and_never_printed():
    def program() -> None:
        secret = k8s.core.v1.Secret(
            "s",
            metadata={"name": "s", "annotations": {"hint": pulumi.Output.secret("deeper")}},
            string_data={"password": pulumi.Output.secret("hunter2")},
        )
        pulumi.export("password", secret.string_data["password"])
        pulumi.export("name", pulumi.Output.secret("s").apply(lambda name: name))
        pulumi.export("host", "db.example.org")

    graph = evaluate(program)
    secret = graph.one("Secret")
    assert secret.secret_paths == ("metadata.annotations.hint", "stringData")
    assert secret.inputs["stringData"] == Secret({"password": "hunter2"})
    assert graph.secret_exports == ("name", "password")
    assert "hunter2" in graph.secret_values()
    for shown in (graph.text(), repr(graph), repr(secret), repr(secret.inputs), repr(graph.exports)):
        assert "hunter2" not in shown
        assert "deeper" not in shown


def test_values_from_resources_are_known_as_after_an_update():
    def program() -> None:
        named = config_map("named")
        unnamed = k8s.core.v1.ConfigMap("unnamed")
        pulumi.export("id", named.id)
        pulumi.export("generated", unnamed.metadata.name)
        pulumi.export("urn", named.urn)

    graph = evaluate(program)
    assert graph.exports["id"] == "db/named"
    assert graph.exports["generated"].startswith("unnamed-")
    assert graph.one("ConfigMap", "unnamed").id == graph.exports["generated"]
    assert graph.exports["urn"] == graph.one("ConfigMap", "named").urn


def test_what_only_a_provider_computes_is_unknown_and_so_is_all_that_comes_from_it():
    def program() -> None:
        service = k8s.core.v1.Service("s", metadata={"name": "s"})
        first = config_map("first", {"address": service.status.load_balancer.ingress[0].ip, "name": "known"})
        config_map("second", {"copy": first.data["address"]})
        pulumi.export("address", service.status.apply(lambda _: pytest.fail("nothing to run it on")))
        pulumi.export("name", first.metadata.name)

    graph = evaluate(program)
    assert graph.one("ConfigMap", "first").inputs["data"] == {"address": UNKNOWN, "name": "known"}
    assert graph.one("ConfigMap", "second").inputs["data"] == {"copy": UNKNOWN}
    assert graph.one("ConfigMap", "second").dependencies == (graph.one("ConfigMap", "first").urn,)
    assert graph.exports == {"address": UNKNOWN, "name": "first"}


def test_a_dry_run_leaves_identifiers_unknown_and_names_known():
    def program() -> None:
        first = config_map("first")
        config_map("second", {"id": first.id, "name": first.metadata.name})
        pulumi.export("preview", pulumi.runtime.is_dry_run())

    graph = evaluate(program, dry_run=True)
    assert graph.one("ConfigMap", "first").id is UNKNOWN
    assert graph.one("ConfigMap", "second").inputs["data"] == {"id": UNKNOWN, "name": "first"}
    assert graph.exports["preview"] is True
    assert "id: '[unknown]'" in graph.text()


def test_a_resource_passed_as_a_value_is_a_reference():
    class Pointer(pulumi.CustomResource):
        def __init__(self, name: str, target: pulumi.Resource) -> None:
            super().__init__("test:index:Pointer", name, {"target": target})

    graph = evaluate(lambda: Pointer("p", Part("part")))
    assert graph.one("Pointer").inputs["target"] == Reference(graph.one("Part").urn)


def test_configuration_is_encoded_as_the_engine_does_it():
    def program() -> None:
        config = pulumi.Config()
        pulumi.export("values", [config.require_int("count"), config.require_bool("on"), config.require_object("list")])
        pulumi.export("text", config.require("list"))
        pulumi.export("other", pulumi.Config("aws").require("region"))
        pulumi.export("token", config.require_secret("token"))

    graph = evaluate(
        program,
        config={"count": 3, "on": True, "list": [{"b": 1, "a": 2}], "aws:region": "eu-west-1", "token": "hunter2"},
        secret_config=["token"],
    )
    assert graph.exports["values"] == [3, True, [{"a": 2, "b": 1}]]
    assert graph.exports["text"] == '[{"a":2,"b":1}]'
    assert graph.exports["other"] == "eu-west-1"
    assert graph.exports["token"] == Secret("hunter2")


def test_a_wrong_configuration_is_refused_before_the_program_runs():
    with pytest.raises(EvaluationError, match='config "when" is a object; give text'):
        evaluate(pytest.fail, config={"when": object()})
    with pytest.raises(EvaluationError, match='secret_config names "project:token", which config does not hold'):
        evaluate(pytest.fail, secret_config=["token"])


def test_project_stack_and_organization_are_what_the_program_sees():
    def program() -> None:
        pulumi.export("names", [pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack()])

    graph = evaluate(program, project="shop", stack="prod", organization="acme")
    assert graph.exports["names"] == ["acme", "shop", "prod"]


def test_an_asynchronous_program_is_awaited():
    async def program() -> None:
        await asyncio.sleep(0.01)
        config_map(await asyncio.to_thread(lambda: "later"))

    assert evaluate(program).one("ConfigMap").name == "later"


def test_what_the_program_logs_is_kept():
    def program() -> None:
        pulumi.log.warn("disk is small")
        pulumi.log.debug("not of interest")

    assert [(message.severity, message.text) for message in evaluate(program).messages] == [
        ("warning", "disk is small")
    ]


def fail(error: BaseException) -> None:
    raise error


SPEC_ERROR = SpecError("orders", [Problem("replicas", "4 is even")])


@pytest.mark.parametrize(
    "program",
    [
        lambda: fail(SPEC_ERROR),
        lambda: (config_map("c"), fail(SPEC_ERROR)),
        lambda: config_map("c", {"x": pulumi.Output.from_input(1).apply(lambda _: fail(SPEC_ERROR))}),
        lambda: pulumi.export("x", config_map("c").id.apply(lambda _: fail(SPEC_ERROR))),
        lambda: config_map("d", {"x": config_map("c").id.apply(lambda _: fail(SPEC_ERROR))}),
    ],
    ids=["at once", "after a registration", "in an input", "in an export", "in a dependent input"],
)
def test_an_error_of_the_program_leaves_as_it_is(program):
    with pytest.raises(SpecError) as caught:
        evaluate(program)
    assert caught.value is SPEC_ERROR


def test_a_good_run_follows_a_failed_one_and_nothing_leaks_between_them():
    before = gc.isenabled()
    with pytest.raises(SpecError):
        evaluate(lambda: (config_map("c"), fail(SPEC_ERROR)), config={"a": 1}, project="bad")
    assert pulumi.get_project() == "project"
    graph = evaluate(lambda: pulumi.export("a", pulumi.Config().get("a")))
    assert graph.resources == ()
    assert graph.exports.get("a") is None
    assert gc.isenabled() is before
    assert pulumi.runtime.get_root_resource() is None
    assert pulumi.runtime.settings.get_monitor() is None


def test_the_settings_of_the_sdk_in_other_threads_stay_as_they_were():
    seen: list[Any] = []

    def look() -> None:
        seen.append((pulumi.get_project(), pulumi.runtime.settings.get_monitor(), pulumi.runtime.get_root_resource()))

    def run(work: Any) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    run(look)
    run(lambda: evaluate(lambda: None, project="elsewhere"))
    run(look)
    assert seen[0] == seen[1]


def test_several_stacks_are_evaluated_at_once():
    barrier = threading.Barrier(3, timeout=30)
    graphs: dict[str, Any] = {}

    def one(stack: str) -> None:
        def program() -> None:
            barrier.wait()  # all three programs are running now
            for index in range(20):
                config_map(f"{stack}-{index}")
            pulumi.export("stack", pulumi.get_stack())

        graphs[stack] = evaluate(program, stack=stack)

    threads = [threading.Thread(target=one, args=(stack,)) for stack in ("dev", "test", "prod")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for stack, graph in graphs.items():
        assert {resource.name for resource in graph} == {f"{stack}-{index}" for index in range(20)}
        assert graph.exports == {"stack": stack}
    assert len(graphs) == 3
    assert gc.isenabled()


def test_it_can_be_called_while_an_event_loop_is_running():
    async def caller() -> str:
        return evaluate(lambda: config_map("c")).one("ConfigMap").name

    assert asyncio.run(caller()) == "c"


def test_a_program_that_waits_for_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dbaas_components.evaluate.loop._IDLE_SECONDS", 0.3)

    async def program() -> None:
        await asyncio.Future()

    started = time.monotonic()
    with pytest.raises(EvaluationError, match="never finishes: it waits for a value that nothing will give"):
        evaluate(program)
    # Without waiting for as long as a program may take.
    assert time.monotonic() - started < 60


def test_an_input_that_never_resolves_is_told_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dbaas_components.evaluate.loop._IDLE_SECONDS", 0.3)
    with pytest.raises(EvaluationError, match="never finishes"):
        evaluate(lambda: config_map("c", {"x": asyncio.Future()}))


def test_a_program_that_polls_for_ever_is_stopped():
    async def program() -> None:
        while True:
            await asyncio.sleep(0.01)

    with pytest.raises(EvaluationError, match=r"has not finished after 0\.3 s; pass a higher timeout"):
        evaluate(program, timeout=0.3)


def test_a_circle_of_dependencies_is_refused():
    def program() -> None:
        part = Part("p")
        config_map("c", parent=part, depends_on=[part])

    with pytest.raises(RuntimeError, match=r"circular dependency involving a resource of type .*ConfigMap named c"):
        evaluate(program)


@pytest.mark.slow
def test_a_long_chain_of_dependencies_is_one_clear_error():
    class Link(pulumi.CustomResource):
        def __init__(self, name: str, after: list[Any]) -> None:
            super().__init__("test:index:Link", name, {}, ResourceOptions(depends_on=after))

    def program() -> None:
        last = None
        for index in range(300):
            last = Link(f"l{index}", [last] if last else [])

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)  # the chain's cost is quadratic in the SDK: at the usual limit this would take seconds
    try:
        with pytest.raises(EvaluationError, match=r"a chain of depends_on is longer than the Pulumi SDK can follow"):
            evaluate(program)
    finally:
        sys.setrecursionlimit(limit)


def test_a_missing_or_ambiguous_resource_is_named_with_what_there_is():
    graph = evaluate(lambda: (config_map("a"), config_map("b")))
    with pytest.raises(ResourceLookupError, match=r"no resource is a Secret; the graph holds ConfigMap \(2\)"):
        graph.one("Secret")
    with pytest.raises(ResourceLookupError, match="2 resources are a ConfigMap: a, b; say which by name"):
        graph.one("ConfigMap")
    with pytest.raises(ResourceLookupError, match='no resource has the URN "urn"'):
        graph["urn"]


def test_resources_come_in_an_order_in_which_they_can_be_applied():
    def program() -> None:
        provider = k8s.Provider("z-provider")
        first = config_map("z", provider=provider)
        config_map("y", provider=provider, depends_on=[first], parent=Part("x"))
        config_map("a")

    graph = evaluate(program)
    names = [resource.name for resource in graph.in_order()]
    assert sorted(names) == sorted(resource.name for resource in graph)
    assert names.index("z-provider") < names.index("z") < names.index("y")
    assert names.index("x") < names.index("y")
    assert [resource.name for resource in graph.dependency_closure(graph.one("ConfigMap", "y"))] == ["z"]


PROGRAM = """
import pulumi
from sibling import NAME

import pulumi_kubernetes as k8s

assert __name__ == "__main__"
k8s.core.v1.ConfigMap(NAME, metadata={"name": NAME})
pulumi.export("name", NAME)
"""


def write_program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "sibling.py").write_text(f"NAME = {name!r}")
    return folder


def test_a_program_is_run_from_its_folder_its_file_or_its_project(tmp_path):
    folder = write_program(tmp_path / "project" / "main", "here")
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: main\n")
    for path in (folder, folder / "__main__.py", tmp_path / "project"):
        assert evaluate(path).exports == {"name": "here"}


def test_modules_of_one_program_are_not_those_of_the_next(tmp_path):
    names = [evaluate(write_program(tmp_path / name, name)).exports["name"] for name in ("first", "second")]
    assert names == ["first", "second"]


def test_a_path_without_a_program_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match=r"is not a Pulumi program; give a folder with a __main__\.py"):
        evaluate(tmp_path)
    with pytest.raises(EvaluationError, match=r"the program is a str; give a function or a pathlib\.Path"):
        evaluate("main.py")  # pyright: ignore[reportArgumentType]
