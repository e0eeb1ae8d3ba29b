"""The components in programs of other languages: the examples of the plugin, run by the real engine.

The host for YAML is Pulumi's own; the other hosts are stand-ins, because Pulumi's are not to be had as Go modules. SDKs
come from Pulumi's own generators, and what runs in the programs is the SDK of their language.
"""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.custom_resources.definitions import stand_in_definition, write_definitions
from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.evaluate import evaluate
from embedded.control_plane import ControlPlane, Running
from embedded.languages import hosts
from tests.api.objects import ApiServer
from tests.engine.language_stack import PLUGIN, LanguageStack, above_objects, objects, registered
from tests.engine.provider_stack import ProviderStack, Told

pytestmark = [pytest.mark.engine, pytest.mark.api]

EXAMPLES = PLUGIN / "examples"
GO_MODULE = """module example.com/pulumi-dbaas/sdk/go

go 1.26

require github.com/pulumi/pulumi/sdk/v3 v3.230.0
"""
Made = Callable[[str], LanguageStack]


def nothing() -> None:
    """Stands where an inline program would: these stacks have their programs in files."""


def need_hosts() -> None:
    if (remedy := hosts.missing()) is not None:
        pytest.skip(f"no language hosts: {remedy}")


@pytest.fixture
def stack(tmp_path: Path, engine: Path, control_plane: Running) -> Made:
    need_hosts()
    return lambda example: LanguageStack(tmp_path / example, engine, control_plane.kubeconfig, example)


@pytest.fixture
def own_control_plane(tmp_path: Path, need_control_plane: None) -> Iterator[Running]:
    """A control plane that no other test sees: the definition is the whole cluster's."""
    plane = ControlPlane("languages", tmp_path / "plane")
    try:
        yield plane.start()
    finally:
        plane.forget()


@pytest.fixture
def in_python(tmp_path: Path, engine: Path, control_plane: Running) -> Told:
    """What the engine tells of the example in Python."""
    (tmp_path / "python").mkdir()
    program = ProviderStack(tmp_path / "python", engine, control_plane.kubeconfig)

    def example() -> None:
        runpy.run_path(str(EXAMPLES / "python" / "__main__.py"))

    return program.preview(example)


def assert_as_in_python(told: Told, in_python: Told) -> None:
    assert objects(in_python).keys() == {"orders-database"}
    assert objects(told) == objects(in_python)
    kinds = {name: kind for name, (kind, _) in registered(told).items()}
    assert kinds == {name: kind for name, (kind, _) in registered(in_python).items()}


def test_a_yaml_program_registers_what_the_python_program_does(stack: Made, in_python: Told) -> None:
    assert_as_in_python(stack("yaml").preview(nothing), in_python)


def test_a_yaml_program_makes_the_database_and_finds_it_unchanged(
    tmp_path: Path, engine: Path, crds_folder: Path | None, own_control_plane: Running
) -> None:
    need_hosts()
    server = ApiServer(own_control_plane.kubeconfig)
    server.install([definition_of(ENGINES["pxc"], crds_folder)])
    server.new_namespace("shop")
    stack = LanguageStack(tmp_path / "yaml", engine, own_control_plane.kubeconfig, "yaml")
    told, result = stack.up(nothing)
    assert told.steps["orders-database"] == "create"
    made = server.call("GET", "/apis/pxc.percona.com/v1/namespaces/shop/perconaxtradbclusters/orders")
    assert made["spec"]["pxc"]["size"] == 5
    assert result.outputs["write"].value == evaluate(EXAMPLES / "python").exports["write"]
    assert set(stack.preview(nothing).steps.values()) == {"same"}


def platform_stack(tmp_path: Path, engine: Path, control_plane: Running) -> LanguageStack:
    """The YAML program that has every component of the package."""
    stack = LanguageStack(tmp_path / "yaml-platform", engine, control_plane.kubeconfig, "yaml-platform")
    write_definitions(tmp_path / "definitions")
    stack.configure(definitions=tmp_path / "definitions")
    return stack


def test_a_yaml_program_with_two_regions_that_are_one_cluster_is_refused_before_its_first_object(
    tmp_path: Path, engine: Path, own_control_plane: Running
) -> None:
    need_hosts()
    platform = platform_stack(tmp_path, engine, own_control_plane)
    platform.configure(
        secret=True, kubeconfig_eu=own_control_plane.kubeconfig, kubeconfig_us=own_control_plane.kubeconfig
    )
    told, said = platform.failure("preview", nothing)
    assert "regions.us.provider" in said
    assert "leads to the Kubernetes cluster of region eu" in said
    assert "Traceback" not in said
    assert "Unexpected <class" not in said
    assert not [name for name in told.steps if name.startswith("ledger-") and name not in {"ledger-eu", "ledger-us"}]


def test_every_component_of_the_package_is_made_by_a_yaml_program(
    tmp_path: Path, engine: Path, own_control_plane: Running
) -> None:
    # A server of its own: the stand-ins of definitions that other tests leave on the common one know less than objects
    # of the platform have.
    need_hosts()
    platform = platform_stack(tmp_path, engine, own_control_plane)
    # Two ways to one server, which are two clusters for all that a topology can know.
    other = tmp_path / "other-kubeconfig"
    shutil.copy(own_control_plane.kubeconfig, other)
    platform.configure(secret=True, kubeconfig_eu=own_control_plane.kubeconfig, kubeconfig_us=other)
    told = platform.preview(nothing)
    components = {kind for kind, _ in registered(told).values() if kind.startswith("dbaas:")}
    assert components == set(platform.schema()["resources"])
    # A bucket on azure is checked and told of; nothing is made.
    assert above_objects(told) == components - {"dbaas:index:BackupBucket"}


@pytest.mark.long
def test_a_go_program_compiles_with_the_generated_sdk_and_registers_the_same(stack: Made, in_python: Told) -> None:
    program = stack("go")
    sdk = program.program / "sdks" / "dbaas"
    shutil.copytree(program.generate("go"), sdk)
    # What `pulumi package add` writes: the SDK is a module of its own, which the program's go.mod names.
    (sdk / "go.mod").write_text(GO_MODULE)
    program.run("go", "vet", "./...")
    assert_as_in_python(program.preview(nothing), in_python)


@pytest.mark.long
def test_a_typescript_program_compiles_with_the_generated_sdk_and_registers_the_same(
    stack: Made, in_python: Told
) -> None:
    program = in_typescript(stack)
    program.run("npx", "--no-install", "tsc")
    assert_as_in_python(program.preview(nothing), in_python)


@pytest.mark.long
def test_typescript_finds_a_wrong_argument_before_the_program_runs(stack: Made) -> None:
    program = in_typescript(stack)
    source = program.program / "index.ts"
    source.write_text(source.read_text().replace("replicas: 5", 'replicas: "five"'))
    with pytest.raises(AssertionError, match="'string' is not assignable to type 'number'"):
        program.run("npx", "--no-install", "tsc")


@pytest.mark.long
def test_a_java_program_registers_the_same(stack: Made, in_python: Told) -> None:
    need("java", "mvn")
    assert_as_in_python(stack("java").preview(nothing), in_python)


def in_typescript(stack: Made) -> LanguageStack:
    """The program with the SDK beside it, compiled and installed."""
    need("node", "npm")
    program = stack("typescript")
    program.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    sdk = program.program / "sdks" / "dbaas"
    shutil.copytree(program.generate("nodejs"), sdk)
    program.run("npx", "--no-install", "tsc", "--project", "sdks/dbaas")
    # What installing the SDK does: it reads its own version there, and programs find it by its name.
    shutil.copy(sdk / "package.json", sdk / "bin")
    (program.program / "node_modules" / "@pulumi" / "dbaas").symlink_to(sdk)
    return program


def need(*programs: str) -> None:
    if missing := [program for program in programs if shutil.which(program) is None]:
        pytest.skip(f"not on PATH: {', '.join(missing)}")


def definition_of(engine: Engine, crds_folder: Path | None) -> dict[str, Any]:
    if crds_folder is None:
        return stand_in_definition(engine)
    return next(found for found in read_bundle(crds_folder) if found["metadata"]["name"] == engine.definition_name)
