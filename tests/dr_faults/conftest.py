"""The land in which faults are put: three control planes and one topology of each engine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from embedded.file_lock import exclusive
from embedded.progress import Silence
from tests.api.objects import ApiServer
from tests.dr.harness import _DEFINITIONS, REGIONS, Planes
from tests.dr_faults.carrying import Settle, begin
from tests.dr_faults.land import Land, three_places
from tests.dr_faults.lane import Lane
from tests.dr_faults.points import ENGINES
from tests.dr_faults.processes import fork_server

_KINDS = (
    "PerconaPGCluster",
    "PerconaXtraDBCluster",
    "PerconaServerMySQL",
    "PerconaServerMySQLClusterSet",
    "PerconaServerMongoDB",
)


@pytest.fixture(scope="session")
def places(
    tmp_path_factory: pytest.TempPathFactory, need_control_plane: None, crds_folder, session_name
) -> Iterator[Land]:
    """Three control planes with the definitions, and no topology yet."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    # One at a time: two on one machine would be late for their own leases.
    lock = Path(tempfile.gettempdir()) / f"{session_name}-faults.lock"
    with exclusive(lock, Silence(), "waiting"), three_places(tmp_path_factory.mktemp("faults")) as found:
        with ThreadPoolExecutor(len(REGIONS)) as several:
            list(several.map(lambda region: _install(found.planes, crds_folder, region), REGIONS))
        yield found


@pytest.fixture(scope="session")
def settle() -> Settle:
    """Brings every engine's topology up, with eu as the primary that us follows."""
    context = fork_server()

    def settled(land: Land) -> str:
        for engine in ENGINES:
            Lane(land, context, engine, land.new_name(engine)).start()
        until = time.monotonic() + land.pace.patience
        for lane in land.lanes:
            while told := lane.ready("eu", "us"):
                if time.monotonic() > until:
                    return f"{lane.engine}: {told}; agents: {lane.said()}"
                time.sleep(0.3)
        return ""

    return settled


@pytest.fixture
def fault_land(places: Land, settle: Settle) -> Land:
    """Every engine's topology as it is in the beginning, whatever became of those of the test before."""
    if not places.as_it_began:
        begin(places, settle)
    return places


def _install(planes: Planes, crds: Path, region: str) -> None:
    """The official definitions of the kinds that are played; the operators' own inner ones take most of the time."""
    for engine in ENGINES:
        text = (crds / _DEFINITIONS[engine] / "crd.yaml").read_text()
        bundle = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
        played = [one for one in bundle if one["spec"]["names"]["kind"] in _KINDS]
        ApiServer(planes.running[region].kubeconfig).install(played)
