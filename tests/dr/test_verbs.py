"""The verbs over three control planes, with agents that run and operators that are played (see harness.py)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.dr.failover.evidence import Evidence, read_evidence
from dbaas_components.dr.failover.verbs import Order, Setting, change_primary
from tests.dr.harness import Planes, Stage, install, three_planes

pytestmark = pytest.mark.api


class Quiet:
    """Sees the steps and keeps them."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def began(self, name: str) -> None:
        self.seen.append(name)

    def waits(self, name: str, reason: str) -> None:
        self.seen.append(f"{name}: {reason}")

    def ended(self, name: str, outcome: str, seconds: float) -> None:
        self.seen.append(f"{name} {outcome} {seconds:.1f}")


@pytest.fixture(scope="module")
def planes(tmp_path_factory: pytest.TempPathFactory, need_control_plane: None, crds_folder) -> Iterator[Planes]:
    if crds_folder is None:
        pytest.skip("the official CRDs are not at hand: neither $DBAAS_CRDS nor ../shared/crds is a folder")
    with three_planes(tmp_path_factory.mktemp("dr")) as found:
        for engine in ("pg", "pxc", "psmdb", "ps"):
            install(found, crds_folder, engine)
        yield found


@pytest.fixture
def new_stage(planes: Planes) -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(engine: str, **settings: Any) -> Stage:
        made.append(Stage(planes, engine, f"dr-{engine}-{uuid.uuid4().hex[:6]}", **settings))
        made[-1].start()
        return made[-1]

    yield make
    for stage in made:
        stage.end()


def run(stage: Stage, verb: str, target: str, folder: Path, timeout: float = 60, **order: Any) -> Evidence:
    watcher = Quiet()
    setting = Setting(stage.connect(), folder, watcher, timeout=timeout, pause=0.1)
    evidence = change_primary(Order(verb, target, "a tester", **order), setting)
    print("\n".join(watcher.seen))
    return evidence


@pytest.mark.parametrize("engine", ["pg", "pxc"])
def test_a_switchover_loses_no_acknowledged_row_and_never_has_two_sites_that_take_writes(new_stage, tmp_path, engine):
    stage = new_stage(engine)
    stated = {} if engine == "pg" else {"stated_lag": "0 bytes"}
    evidence = run(stage, "switchover", "us", tmp_path, **stated)
    assert (evidence.outcome, evidence.reason) == ("done", "")
    assert (evidence.epoch_before, evidence.epoch_after) == (1, 2)
    assert (stage.role("us"), stage.record("us").epoch) == ("primary", 2)
    assert stage.role("eu") in ("standby", "streaming")
    stage.wait(lambda: stage.world.follows["eu"] == "us", "eu follows us")
    assert not stage.world.two_at_once
    assert stage.world.rows["us"] >= stage.world.acknowledged > 0
    shown = {one.what for one in evidence.proofs}
    assert {"fence of eu confirmed", "epoch 2 taken", "us takes writes", "eu follows us", "traffic moved"} <= shown
    for region in ("eu", "us"):
        site = stage.connect().sites[region]
        service = site.cluster.get(site.core("services", "orders-primary-site"))
        assert service["spec"]["externalName"] == "write.us.db.example.com"
    assert read_evidence((tmp_path / f"{evidence.run}.json").read_text()) == evidence


def test_a_failover_waits_for_the_lost_region_s_lease_and_the_old_primary_comes_back_fenced(new_stage, tmp_path):
    stage = new_stage("pg")
    stage.lose("eu")
    evidence = run(stage, "failover", "us", tmp_path)
    assert (evidence.outcome, evidence.reason) == ("done", "")
    assert "lease of eu expired" in {one.what for one in evidence.proofs}
    assert stage.role("us") == "primary"
    assert evidence.rto_seconds is not None
    print("RTO", evidence.rto_seconds)
    stage.bring_back("eu")
    stage.wait(lambda: stage.role("eu") == "fenced", "eu fences itself")
    assert stage.spec("eu")["pause"] is True
    assert stage.spec("us")["standby"]["enabled"] is False
