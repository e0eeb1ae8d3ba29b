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
from tests.dr_faults.land import Land, land
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
_PATIENCE = 120.0


@pytest.fixture(scope="session")
def fault_land(
    tmp_path_factory: pytest.TempPathFactory, need_control_plane: None, crds_folder, session_name
) -> Iterator[Land]:
    """Every engine's topology, with eu as the primary that us follows."""
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    # One at a time: two on one machine would be late for their own leases.
    lock = Path(tempfile.gettempdir()) / f"{session_name}-faults.lock"
    with exclusive(lock, Silence(), "waiting"), land(tmp_path_factory.mktemp("faults")) as found:
        settle(found, crds_folder)
        yield found


def settle(found: Land, crds: Path) -> None:
    """Brings four topologies up."""
    with ThreadPoolExecutor(len(REGIONS)) as several:
        list(several.map(lambda region: _install(found.planes, crds, region), REGIONS))
    context = fork_server()
    for engine in ENGINES:
        Lane(found, context, engine, f"faults-{engine}").start()
    until = time.monotonic() + _PATIENCE
    for lane in found.lanes:
        while told := lane.ready("eu", "us"):
            assert time.monotonic() < until, f"{lane.engine}: {told}; agents: {lane.said()}"
            time.sleep(0.3)


def _install(planes: Planes, crds: Path, region: str) -> None:
    """The official definitions of the kinds that are played; the operators' own inner ones take most of the time."""
    for engine in ENGINES:
        text = (crds / _DEFINITIONS[engine] / "crd.yaml").read_text()
        bundle = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
        played = [one for one in bundle if one["spec"]["names"]["kind"] in _KINDS]
        ApiServer(planes.running[region].kubeconfig).install(played)
