"""Every specification that parses makes objects that an API server with the official definitions takes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import reject

from dbaas_components.bootstrap.definition_bundle import read_bundle
from dbaas_components.databases.composition import compose
from dbaas_components.databases.custom_resources.definitions import stand_in_definition
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError
from embedded.control_plane import ControlPlane, Running
from embedded.progress import Silence
from tests.api.external_secrets import EXTERNAL_SECRET
from tests.api.judge import Judge
from tests.api.objects import ApiServer
from tests.strategies import arguments, space_of
from tests.strategies.coverage import Coverage
from tests.strategies.effects import idle_fields
from tests.strategies.generating import each, exists
from tests.strategies.reducing import reduced
from tests.strategies.space import Arguments

pytestmark = pytest.mark.api

NAMES = sorted(ENGINES)
COUNTS = [200, pytest.param(2_000, marks=pytest.mark.long)]
STAND_IN_COUNT = 30
_TOLD = 12
_TRIES, _MORE = 8, 2_000
CERT_MANAGER = "cert-manager/1.21.1"


class Run:
    """The generated specifications of one engine, judged; what went wrong is kept for the tests to tell."""

    def __init__(
        self, engine: str, count: int, judge: Judge, namespaces: Sequence[str], without: Sequence[str]
    ) -> None:
        self.coverage = Coverage(engine)
        self.failures: dict[str, Arguments] = {}
        """The first arguments of each kind of failure."""
        self._judge = judge
        self._only_known = bool(without)

        space = space_of(engine)
        each(arguments(space, namespaces, without=without), count, self._see)
        if self._only_known:
            return
        # Every field gets its turn, also one that chance passed over.
        for index, path in enumerate(self.coverage.left):
            see = partial(self._see_for, path)
            each(arguments(space, namespaces, wanted=[path]), _TRIES, see, start=index)
        exists(arguments(space, namespaces), _MORE, self._leaves_nothing, start=1)

    def _see(self, found: Arguments) -> None:
        if not self._counts(found):
            reject()

    def _see_for(self, path: str, found: Arguments) -> None:
        if path not in self.coverage.given:
            self._counts(found)

    def _counts(self, found: Arguments) -> bool:
        """Judges and counts arguments; false where they do not parse."""
        manifests, problems = self._judged(found)
        if problems is None:
            self.coverage.refused += 1
            return False
        for problem in problems:
            self.failures.setdefault(_kind_of(problem), found)
        if not problems:
            self.coverage.count(found, manifests)
        return True

    def _leaves_nothing(self, found: Arguments) -> bool:
        """Judges arguments if they bring a field of the custom resource that was never there; true when all were."""
        if not self.coverage.unwritten:
            return True
        try:
            manifests = compose(parse_database(found["name"], found)).manifests()
        except SpecError:
            return False
        if self.coverage.is_new(manifests):
            self._counts(found)
        return False

    def _judged(self, arguments: Arguments) -> tuple[list[dict[str, Any]], list[str] | None]:
        """The objects and what is wrong with them; None in place of problems where the arguments do not parse."""
        try:
            spec = parse_database(arguments["name"], arguments)
        except SpecError:
            return [], None
        try:
            manifests = compose(spec).manifests()
        except Exception as error:  # noqa: BLE001 - a renderer that fails is one more failure to tell
            return [], [f"rendering raises {type(error).__name__}: {error}"]
        # Without the official definitions, only built-in kinds and stand-ins are there.
        known = [one for one in manifests if not self._only_known or self._judge.knows(one)]
        return manifests, [problem for manifest in known for problem in self._judge.problems(manifest)]

    def tell(self) -> str:
        """Every kind of failure, each with arguments from which nothing more can be left out."""
        lines: list[str] = []
        for kind, found in list(self.failures.items())[:_TOLD]:

            def fails(arguments: Arguments, kind: str = kind) -> bool:
                return any(_kind_of(problem) == kind for problem in self._judged(arguments)[1] or ())

            small = reduced(found, fails)
            message = next(problem for problem in self._judged(small)[1] or () if _kind_of(problem) == kind)
            lines.append(f"{message}\n    {small}")
        lines += [f"and: {kind}" for kind in list(self.failures)[_TOLD:]]
        return "\n".join(lines)


def _kind_of(problem: str) -> str:
    """A problem without the words of one specification: names, values, places in lists."""
    words = re.sub(r'"(?:[^"\\]|\\.)*"', '"..."', problem.partition(": ")[2])
    return f"{problem.split()[0]} {re.sub(r'[0-9]+', '0', words)[:200]}"


@pytest.fixture(scope="module")
def server(control_plane: Running, crds_folder: Path | None) -> ApiServer:
    """The shared control plane with all official definitions that objects of ours are of."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    server = ApiServer(control_plane.kubeconfig)
    kinds = {
        kind
        for engine in ENGINES.values()
        for kind in (engine.kind, f"{engine.kind}Restore", f"{engine.kind.removesuffix('Cluster')}Restore")
    }
    definitions = [found for found in read_bundle(crds_folder) if found["spec"]["names"]["kind"] in kinds]
    definitions += [yaml.safe_load(path.read_text()) for path in sorted((crds_folder / CERT_MANAGER).glob("*.yaml"))]
    server.install([*definitions, EXTERNAL_SECRET])
    return server


@pytest.fixture(scope="module")
def runs(server: ApiServer, pytestconfig: pytest.Config, session_name: str) -> Callable[[str, int], Run]:
    """Runs by engine and count; each is made once and asked by several tests."""
    namespaces = [server.new_namespace(f"{prefix}-{uuid.uuid4().hex[:8]}") for prefix in ("shop", "0-numbers-first")]
    judge, made = Judge(server), dict[tuple[str, int], Run]()
    cache: Any = pytestconfig.cache

    def run(engine: str, count: int) -> Run:
        if (engine, count) not in made:
            made[engine, count] = Run(engine, count, judge, namespaces, ())
            path = cache.mkdir("generated-specs") / f"{engine}-{count}.json"
            made[engine, count].coverage.save(path, session_name)
        return made[engine, count]

    return run


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("engine", NAMES)
def test_the_official_definitions_take_every_object_of_every_generated_specification(runs, engine, count):
    run = runs(engine, count)
    assert not run.failures, run.tell()
    assert run.coverage.specifications >= count


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("engine", NAMES)
def test_no_field_of_the_specification_and_of_the_custom_resource_is_left_unexercised(runs, engine, count):
    run = runs(engine, count)
    assert (run.coverage.left, run.coverage.unwritten, run.coverage.written_after_all) == ([], [], [])


@pytest.mark.parametrize("engine", NAMES)
def test_every_field_of_the_specification_changes_something(engine):
    """A field that does nothing is a bug, unless the tables in tests/strategies tell what else it is for."""
    assert idle_fields(engine).keys() == space_of(engine).idle.keys()


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory, need_control_plane: None):
    """A server of its own with the stand-in definitions: a definition of one name is there only once."""
    control_plane = ControlPlane("stand-ins", tmp_path_factory.mktemp("control-plane"))
    try:
        server = ApiServer(control_plane.start(Silence()).kubeconfig)
        server.install([stand_in_definition(engine) for engine in ENGINES.values()])
        yield server
    finally:
        control_plane.forget()


@pytest.mark.parametrize("engine", NAMES)
def test_stand_in_definitions_take_every_generated_database_too(stand_ins, engine):
    namespace = stand_ins.new_namespace(f"generated-{engine}")
    # Stand-ins know what the typed models know; overrides are for what these do not.
    run = Run(engine, STAND_IN_COUNT, Judge(stand_ins), [namespace], ["overrides"])
    assert not run.failures, run.tell()
    assert run.coverage.specifications >= STAND_IN_COUNT
