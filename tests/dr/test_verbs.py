"""The verbs over three control planes, with agents that run and operators that are played (see harness.py)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dbaas_components.cli.app import build_app
from dbaas_components.dr.failover.evidence import Evidence, read_evidence
from dbaas_components.dr.failover.live import Live
from dbaas_components.dr.failover.measuring import Measures
from dbaas_components.dr.failover.verbs import Order, Setting, change_primary, rejoin
from dbaas_components.dr.measures.endpoint import NOWHERE, WITHDRAWN, Endpoint
from dbaas_components.dr.measures.measured import (
    ADDRESSES,
    ARCHIVE,
    ENDPOINT,
    NETWORK_DENY,
    REVOKED,
    ROLE,
    Measured,
    State,
)
from dbaas_components.dr.measures.network_deny import NetworkDeny
from dbaas_components.errors import SpecError
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
    planes.restore()


def run(stage: Stage, verb: str, target: str, folder: Path, timeout: float = 60, **order: Any) -> Evidence:
    watcher = Quiet()
    setting = Setting(stage.connect(), folder, watcher, timeout=timeout, pause=0.1)
    evidence = change_primary(Order(verb, target, "a tester", **order), setting)
    print("\n".join(watcher.seen))
    return evidence


@pytest.mark.parametrize("engine", ["pg", "pxc"])
def test_a_switchover_loses_no_acknowledged_row_and_never_has_two_sites_that_take_writes(new_stage, tmp_path, engine):
    stage = new_stage(engine)
    evidence = run(stage, "switchover", "us", tmp_path, stated_lag="" if engine == "pg" else "3 s")
    if engine == "pxc":
        # What was stated before the fence says nothing of the last position.
        assert "measure it now that eu is fenced" in evidence.reason
        assert stage.role("us") != "primary"
        evidence = run(stage, "switchover", "us", tmp_path, stated_lag="0 s")
    assert (evidence.outcome, evidence.reason) == ("done", ""), evidence.steps
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
    assert (evidence.outcome, evidence.reason) == ("done", ""), evidence.steps
    assert "lease of eu expired" in {one.what for one in evidence.proofs}
    assert stage.role("us") == "primary"
    assert evidence.rto_seconds is not None
    print("RTO", evidence.rto_seconds)
    stage.bring_back("eu")
    stage.wait(lambda: stage.role("eu") == "fenced", "eu fences itself")
    assert stage.spec("eu")["pause"] is True
    assert stage.spec("us")["standby"]["enabled"] is False


def test_a_gameday_ends_where_it_began_and_a_failback_of_what_is_back_changes_nothing(new_stage, tmp_path):
    stage = new_stage("pg")
    evidence = run(stage, "gameday", "us", tmp_path)
    assert (evidence.outcome, evidence.reason) == ("done", ""), evidence.steps
    assert (stage.role("eu"), stage.record("eu").epoch) == ("primary", 3)
    assert "ends where it began" in {one.what for one in evidence.proofs}
    assert not stage.world.two_at_once
    again = run(stage, "failback", "eu", tmp_path)
    assert again.reason == "eu is the primary already, at epoch 3"
    assert again.steps == []


def test_a_replica_set_that_lost_its_majority_is_promoted_only_after_the_forced_step(new_stage, tmp_path):
    stage = new_stage("psmdb")
    stage.lose("eu")
    refused = run(stage, "failover", "us", tmp_path, timeout=8, stated_lag="0 s")
    assert refused.outcome == "stopped"
    assert "--force-reconfiguration orders" in refused.reason
    assert stage.role("us") != "primary"
    evidence = run(stage, "failover", "us", tmp_path, stated_lag="0 s", force_reconfiguration="orders")
    assert (evidence.outcome, evidence.reason) == ("done", ""), evidence.steps
    assert stage.spec("us")["unmanaged"] is False
    assert {one.kind for one in evidence.overrides} == {"force-reconfiguration", "stated-lag"}
    stage.bring_back("eu")
    stage.wait(lambda: stage.role("eu") == "fenced", "eu fences itself")


PG = "postgres-operator.crunchydata.com"
MONGODB = {"app.kubernetes.io/name": "percona-server-mongodb", "app.kubernetes.io/instance": "orders"}
# Labels as the operators give them; whether the claim goes with the data of `orders`.
CLAIMS = {
    "pg": {
        "orders-instance1-abcd-pgdata": ({f"{PG}/cluster": "orders", f"{PG}/data": "postgres"}, True),
        "orders-repo1": ({f"{PG}/cluster": "orders", f"{PG}/data": "pgbackrest", f"{PG}/pgbackrest-volume": ""}, False),
        "carts-instance1-abcd-pgdata": ({f"{PG}/cluster": "carts", f"{PG}/data": "postgres"}, False),
        "somebody-elses": ({f"{PG}/cluster": "orders"}, False),
    },
    "psmdb": {
        "mongod-data-orders-rs0-0": ({**MONGODB, "app.kubernetes.io/component": "mongod"}, True),
        "mongod-data-carts-rs0-0": ({**MONGODB, "app.kubernetes.io/instance": "carts"}, False),
        "somebody-elses": ({"app.kubernetes.io/instance": "orders"}, False),
    },
}


@pytest.mark.parametrize("engine", ["pg", "psmdb"])
def test_a_fenced_old_primary_follows_again_only_once_its_data_was_given_up_by_name(new_stage, tmp_path, engine):
    stage = new_stage(engine)
    site = stage.connect().sites["eu"]
    claims = f"/api/v1/namespaces/{site.namespace}/persistentvolumeclaims"
    for name, (labels, _) in CLAIMS[engine].items():
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "labels": labels},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
        site.cluster.create(claims, claim)
    stage.lose("eu")
    assert run(stage, "failover", "us", tmp_path, **FAILOVER[engine]).outcome == "done"
    stage.bring_back("eu")
    stage.wait(lambda: stage.role("eu") == "fenced", "eu fences itself")
    setting = Setting(stage.connect(), tmp_path, Quiet(), timeout=60, pause=0.1)
    refused = rejoin(Order("rejoin", "eu", "a tester"), setting)
    assert "nothing shows that eu has no writes of its own" in refused.reason
    named = rejoin(Order("rejoin", "eu", "a tester", rebuild="orders"), setting)
    assert "nobody named them for deletion" in named.reason
    done = rejoin(Order("rejoin", "eu", "a tester", rebuild="orders", delete_volumes="orders"), setting)
    assert (done.outcome, done.reason) == ("done", "")
    gone = {name for name, (_, goes) in CLAIMS[engine].items() if goes}
    assert {one.value for one in done.proofs if one.what == "volume deleted"} == gone
    left = site.cluster.get(claims)["items"]
    assert {one["metadata"]["name"] for one in left} == CLAIMS[engine].keys() - gone
    stage.wait(lambda: stage.role("eu") in ("standby", "streaming"), "eu follows")
    if engine == "pg":
        assert stage.spec("eu")["standby"]["enabled"] is True


def test_a_switchover_killed_at_every_moment_goes_on_and_ends_in_the_same_place(new_stage, tmp_path):
    stage = new_stage("pg")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    killed, last = 0, ""
    # Each start dies one moment later than the one before; whatever was done by then, the next one goes on from.
    for moment in range(60):
        arguments = [str(stage.file), str(tmp_path), "switchover", "us", str(moment)]
        command = [sys.executable, str(Path(__file__).with_name("verb_process.py")), *arguments]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        last = ended.stdout
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
        killed += 1
    print(f"{killed} kills")
    assert killed >= 7
    assert last.strip().endswith("done")
    evidence = read_evidence((tmp_path / "orders-switchover-1-us.json").read_text())
    assert evidence is not None
    assert (evidence.outcome, evidence.attempts, evidence.epoch_after) == ("done", killed + 1, 2)
    shown = {one.what for one in evidence.proofs}
    assert {"fence of eu confirmed", "epoch 2 taken", "us takes writes", "eu follows us"} <= shown
    assert stage.role("us") == "primary"
    assert stage.role("eu") in ("standby", "streaming")
    assert not stage.world.two_at_once
    assert stage.world.rows["us"] >= stage.world.acknowledged


def test_an_agent_cut_off_from_the_witness_fences_its_site_in_time_and_opens_it_again(new_stage):
    stage = new_stage("pg")
    stage.planes.freeze("witness")
    try:
        stage.wait(lambda: stage.role("eu") in ("fencing", "fenced"), "eu fences itself", 20)
        stage.wait(lambda: stage.spec("eu").get("pause") is True, "eu is paused", 20)
    finally:
        stage.planes.thaw("witness")
    stage.wait(lambda: stage.role("eu") == "primary", "eu opens again")
    assert stage.record("eu").epoch == 1
    assert not stage.world.two_at_once


def test_without_proof_nothing_is_promoted_and_an_override_is_refused_in_prod(new_stage, tmp_path):
    stage = new_stage("pg", environment="prod")
    # Its cluster does not answer, and its agent goes on renewing: nobody may take the lease.
    stage.planes.freeze("eu")
    try:
        stopped = run(stage, "failover", "us", tmp_path, timeout=9)
        assert stopped.outcome == "stopped"
        assert "would prove it" in stopped.reason
        assert stage.role("us") != "primary"
        assert stage.record("us").approval is None
        with pytest.raises(SpecError, match="--override-fencing is refused in environment prod"):
            run(stage, "failover", "us", tmp_path, override_fencing="orders")
        with pytest.raises(SpecError, match='names "order", and this database is "orders"'):
            run(stage, "failover", "us", tmp_path, accept_data_loss="order")
    finally:
        stage.planes.thaw("eu")


def test_an_agent_promotes_by_itself_only_where_two_vantage_points_see_the_primary_gone(new_stage):
    stage = new_stage("pg", automatic=True)
    stage.lose("eu")
    # One vantage point alone, for longer than the lease takes to expire.
    time.sleep(stage.document.timing.challenger_wait + 3)
    assert stage.role("us") in ("standby", "streaming")
    assert "fewer than two vantage points" in stage.agents["us"].agent.last.reason
    stage.observe()
    stage.wait(lambda: stage.role("us") == "primary", "us is promoted on two votes")
    stage.bring_back("eu")
    stage.wait(lambda: stage.role("eu") == "fenced", "eu fences itself")


def test_the_command_shows_plans_and_carries_out(new_stage, tmp_path):
    stage = new_stage("pg")
    app = build_app()
    common = ["--topology", str(stage.file)]

    def dbaas(*words: str) -> Result:
        return CliRunner().invoke(app, ["dr", *words, *common])

    found = json.loads(dbaas("status", "--json").stdout)
    assert found["lease"]["holder"] == "eu"
    assert {region: one["role"] for region, one in found["regions"].items()}["eu"] == "primary"
    plan = json.loads(dbaas("plan", "failover", "us", "--json").stdout)
    assert plan["rto_seconds"] == 30 + 5 + 30 + 60 + 30
    assert any(one.startswith("that eu is out") for one in plan["missing"])
    evidence = ["--evidence", str(tmp_path)]
    dry = dbaas("switchover", "us", "--dry-run", *evidence)
    assert dry.exit_code == 0, dry.output
    assert "predicted RTO: 121.5 s = fence 1.5 + replay 30 + promotion 60 + traffic 30" in dry.stdout
    assert stage.role("eu") == "primary"
    assert dbaas("switchover", "us", *evidence).exit_code == 1
    assert stage.role("eu") == "primary"
    done = dbaas("switchover", "us", "--yes", *evidence)
    assert done.exit_code == 0, done.output
    assert "switchover: done, RTO" in done.stdout
    back = dbaas("failback", "--yes", *evidence)
    assert back.exit_code == 0, back.output
    assert stage.role("eu") == "primary"


def measures_of(stage: Stage, region: str, primary: str) -> dict[str, Measured]:
    return {one.name: one for one in Measures(Live(stage.connect())).read(region, primary)}


# What a person says where the engine needs it: the operators of these tell no lag, and fill no site by themselves.
FAILOVER = {
    "pg": {},
    "pxc": {"stated_lag": "0 s"},
    "ps": {"stated_lag": "0 s"},
    "psmdb": {"stated_lag": "0 s", "force_reconfiguration": "orders"},
}
NEW_DATA = {
    "pg": {"delete_volumes": "orders"},
    "pxc": {"seeded": True},
    "ps": {"seeded": True},
    "psmdb": {"delete_volumes": "orders"},
}


@pytest.mark.parametrize("engine", ["pg", "pxc", "ps", "psmdb"])
def test_a_failover_takes_every_measure_against_the_old_site_and_a_rejoin_lifts_them(new_stage, tmp_path, engine):
    stage = new_stage(engine)
    before, as_made = measures_of(stage, "eu", "us"), stage.spec("eu")
    assert before[NETWORK_DENY].state is before[ENDPOINT].state is before[REVOKED].state is State.NOT_IN_FORCE
    # ps has no field that takes a role away. A standby of pg reads the primary's archive until it has one of its own.
    assert before[ROLE].state is (State.NOT_POSSIBLE if engine == "ps" else State.NOT_IN_FORCE)
    assert before[ARCHIVE].state is (State.NOT_IN_FORCE if engine == "pg" else State.IN_FORCE)
    evidence = run(stage, "failover", "us", tmp_path, **FAILOVER[engine])
    assert (evidence.outcome, evidence.reason) == ("done", ""), evidence.steps
    last = {one.measure: one for one in evidence.measures if one.region == "eu"}
    assert set(last) == {NETWORK_DENY, ENDPOINT, ADDRESSES, ROLE, ARCHIVE, REVOKED}
    assert {last[name].state for name in (NETWORK_DENY, ENDPOINT, ARCHIVE)} == {"in force"}
    assert "network plugin" in last[NETWORK_DENY].value
    # They are no proofs, and stand beside them.
    assert not {one.what for one in evidence.proofs} & set(last)
    stage.wait(lambda: measures_of(stage, "eu", "us")[REVOKED].state is State.IN_FORCE, "eu has no keys of the archive")
    after, spec = measures_of(stage, "eu", "us"), stage.spec("eu")
    assert after[ROLE].state is (State.NOT_POSSIBLE if engine == "ps" else State.IN_FORCE)
    assert spec["pause"] is True
    assert "bucket-keys" not in json.dumps(spec)
    if engine == "pg":
        assert spec["standby"]["enabled"] is True
        assert spec["backups"]["pgbackrest"]["global"]["repo1-path"].endswith("/epoch-1")
    # The Secret that others may share stays as it is.
    site = stage.connect().sites["eu"]
    assert site.cluster.get(site.core("secrets", "bucket-keys"))["data"] == {"real": "a2V5cw=="}
    setting = Setting(stage.connect(), tmp_path, Quiet(), timeout=60, pause=0.1)
    back = rejoin(Order("rejoin", "eu", "a tester", rebuild="orders", **NEW_DATA[engine]), setting)
    assert (back.outcome, back.reason) == ("done", "")
    assert measures_of(stage, "eu", "us")[NETWORK_DENY].value == "it is not there"
    stage.wait(lambda: not withdrawn(stage, "eu"), "the note of the withdrawal goes")
    for place in ("backup", "backups"):
        given, made = (json.loads(json.dumps(one.get(place))) for one in (stage.spec("eu"), as_made))
        for one in (given, made):
            if place == "backups" and one:
                del one["pgbackrest"]["global"]["repo1-path"]
        assert given == made
    assert not stage.world.two_at_once


def withdrawn(stage: Stage, region: str) -> bool:
    site = stage.connect().sites[region]
    found = site.cluster.get(site.core("services", "orders-primary-site")) or {}
    return WITHDRAWN in found["metadata"].get("annotations", {}) or found["spec"]["externalName"] == NOWHERE


def test_a_site_that_fenced_itself_is_led_to_again_once_it_opens(new_stage):
    stage = new_stage("pg")
    stage.planes.freeze("witness")
    try:
        deny = NetworkDeny(stage.connect().sites["eu"], "orders")
        stage.wait(lambda: deny.read().state is State.IN_FORCE, "nobody is let in")
        stage.wait(lambda: withdrawn(stage, "eu"), "the alias leads nowhere")
    finally:
        stage.planes.thaw("witness")
    stage.wait(lambda: stage.role("eu") == "primary", "eu opens again")
    stage.wait(lambda: deny.read().value == "it is not there" and not withdrawn(stage, "eu"), "clients are let in")


def test_where_the_agent_is_gone_and_its_database_goes_on_the_verb_shuts_it_down_before_it_promotes(
    new_stage, tmp_path
):
    stage = new_stage("pg")
    stage.stop_agent("eu")
    evidence = run(stage, "failover", "us", tmp_path)
    assert (evidence.outcome, evidence.reason) == ("done", ""), evidence.steps
    assert "eu was shut down by the verb" in {one.what for one in evidence.proofs}
    assert stage.spec("eu")["pause"] is True
    assert not stage.world.two_at_once


def test_no_measure_takes_the_place_of_a_proof_and_an_override_is_named_and_recorded(new_stage, tmp_path):
    stage = new_stage("pg")
    # Agent and operator are gone, and the database goes on: nobody can confirm a shutdown.
    stage.stop_agent("eu")
    stage.stop_operator("eu")
    site = stage.connect().sites["eu"]
    NetworkDeny(site, "orders").take()
    Endpoint(site, stage.document.traffic["eu"]).take()
    stopped = run(stage, "failover", "us", tmp_path, timeout=9)
    assert stopped.outcome == "stopped"
    assert "the operator's confirmation of it would prove the fence" in stopped.reason
    assert stage.role("us") != "primary"
    with pytest.raises(SpecError, match='names "order", and this database is "orders"'):
        run(stage, "failover", "us", tmp_path, override_fencing="order")
    done = run(stage, "failover", "us", tmp_path, timeout=20, override_fencing="orders", reason="powered off")
    assert stage.role("us") == "primary"
    # Nobody can say of the old site that it is shut down, and the run says so.
    assert done.reason.startswith("eu answers and is fencing")
    (override,) = done.overrides
    assert (override.kind, override.database, override.by) == ("override-fencing", "orders", "a tester")
    assert override.reason == "powered off"
