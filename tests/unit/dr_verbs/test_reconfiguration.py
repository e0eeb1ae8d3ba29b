"""The forced reconfiguration: which members its script keeps, in Node.js with MongoDB's shell played, and its Jobs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.databases.composition import compose
from dbaas_components.databases.spec import parse_database
from dbaas_components.dr.failover.names import bounded
from dbaas_components.dr.failover.reconfiguration import job, kept_hosts, replica_sets
from dbaas_components.dr.topology.parsing import parse_topology
from dbaas_components.dr.topology.plan import plan
from dbaas_components.dr.topology.psmdb import hosts_of
from tests.unit.topology.examples import example

PLAYED = """
const members = JSON.parse(process.env.MEMBERS).map((host, number) => ({_id: number, host, votes: 0, priority: 0}));
const print = console.log;
const quit = (code) => process.exit(code);
let user = "";
const db = {getSiblingDB: (name) => ({auth: (given, password) => {
  if (name !== "admin" || password !== "a word") throw new Error("Authentication failed.");
  user = given;
}})};
const rs = {
  conf: () => {
    if (user !== "clusterAdmin") throw new Error("requires authentication");
    return {version: 7, members};
  },
  reconfig: (config, options) => { print(JSON.stringify({config, options})); return {ok: 1}; },
};
"""


def manifest(name: str, region: str = "us") -> tuple[dict[str, Any], Any]:
    design = parse_topology("orders", example(name))
    composed = compose(parse_database("orders", plan(design, region).arguments)).manifests()
    return next(one for one in composed if one["kind"] == "PerconaServerMongoDB"), design


def run(made: dict[str, Any], members: list[str], password: str = "a word") -> subprocess.CompletedProcess[str]:
    node = pytest.importorskip("nodejs_wheel", reason="Node.js comes with pyright[nodejs], which is not installed")
    (container,) = made["spec"]["template"]["spec"]["containers"]
    values = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    login = {"MONGODB_USER": "clusterAdmin", "MONGODB_PASSWORD": password}
    environment = {**os.environ, **values, **login, "MEMBERS": json.dumps(members)}
    folder = Path(node.__file__).parent
    program = folder / "bin" / "node"
    return subprocess.run(
        [str(program), "-e", PLAYED + values["SCRIPT"]], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["psmdb-replica_set", "psmdb-sharded", "psmdb-shared-services"])
def test_the_members_of_the_surviving_site_are_kept_and_the_lost_ones_are_dropped(name):
    found, design = manifest(name)
    database = found["metadata"]["name"]
    for replica_set in replica_sets(found):
        hosts = {
            region: [one if ":" in one else f"{one}:27017" for one in hosts_of(design.topology, site, replica_set)]
            for region, site in design.sites.items()
        }
        ended = run(job(database, replica_set, "a-job", found), [*hosts["eu"], *hosts["us"]])
        assert ended.returncode == 0, ended.stdout + ended.stderr
        told = json.loads(ended.stdout)
        assert [one["host"] for one in told["config"]["members"]] == hosts["us"]
        assert {(one["votes"], one["priority"]) for one in told["config"]["members"]} == {(1, 1)}
        assert (told["config"]["version"], told["options"]) == (8, {"force": True})
        # Never a set without a member.
        assert run(job(database, replica_set, "a-job", found), hosts["eu"]).returncode == 1
    assert run(job(database, "rs0", "a-job", found), hosts["us"], "another").returncode == 1


def test_the_config_servers_of_shards_are_a_set_of_their_own():
    found, _ = manifest("psmdb-sharded")
    assert list(replica_sets(found)) == ["rs0", "rs1", "cfg"]
    assert kept_hosts(found, "cfg")[0] == "us-cfg-0.db.example.com:27017"


def test_long_names_of_two_sets_or_epochs_never_become_one_job():
    jobs = [f"dbaas-dr-{'o' * 47}-reconfigure-{epoch}-{one}" for epoch in (2, 3) for one in ("rs0", "cfg")]
    names = {bounded(one, 63) for one in jobs}
    assert len(names) == 4
    assert all(len(one) <= 63 for one in names)


def shell_called(made: dict[str, Any], folder: Path) -> list[str]:
    """What the Job's command gives to `mongosh`, run with the mounted files in a folder of the test's."""
    (container,) = made["spec"]["template"]["spec"]["containers"]
    shell, option, command = container["command"]
    for mount in container.get("volumeMounts", []):
        inside = folder / mount["name"]
        inside.mkdir()
        command = command.replace(mount["mountPath"], str(inside))
        if mount["name"] == "ssl":
            for name in ("ca.crt", "tls.crt", "tls.key"):
                (inside / name).write_text(f"{name}\n")
    played = folder / "mongosh"
    played.write_text('#!/bin/sh\nfor one in "$@"; do echo "$one"; done\n')
    played.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        **{"HOST": "a-host", "SCRIPT": "a script", "MONGODB_PASSWORD": "a word"},
    }
    ended = subprocess.run([shell, option, command], env=environment, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()


@pytest.mark.parametrize("mode", ["preferTLS", "requireTLS", "allowTLS", None])
def test_the_members_are_asked_over_tls_with_the_files_that_the_operator_s_pods_mount(tmp_path, mode):
    found, _ = manifest("psmdb-replica_set")
    found["spec"]["tls"] = {"mode": mode} if mode else None
    made = job("orders", "rs0", "a-job", found)
    pod = made["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert mounts["ssl"] == "/etc/mongodb-ssl"
    assert volumes["ssl"]["secret"] == {"secretName": found["spec"]["secrets"]["ssl"]}
    assert set(mounts) == set(volumes)
    told = shell_called(made, tmp_path)
    assert told == [
        *["--quiet", "--host", "a-host", "--eval", "a script"],
        *["--tls", "--tlsCAFile", str(tmp_path / "ssl" / "ca.crt")],
        *["--tlsCertificateKeyFile", str(tmp_path / "scratch" / "tls.pem"), "--tlsAllowInvalidHostnames"],
    ]
    joined = tmp_path / "scratch" / "tls.pem"
    assert joined.read_text() == "tls.key\ntls.crt\n"
    assert joined.stat().st_mode & 0o077 == 0


def test_a_custom_resource_that_names_no_certificate_has_that_of_the_operator_s_name():
    found, _ = manifest("psmdb-replica_set")
    del found["spec"]["secrets"]["ssl"]
    made = job("orders", "rs0", "a-job", found)
    assert made["spec"]["template"]["spec"]["volumes"][0]["secret"] == {"secretName": "orders-ssl"}


def test_its_pod_is_one_that_a_restricted_namespace_takes_from_a_registry_that_wants_a_login():
    manifest = {"spec": {"image": "mongod", "imagePullSecrets": [{"name": "registry"}]}}
    pod = job("orders", "rs0", "reconfigure", manifest)["spec"]["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    (container,) = pod["containers"]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert pod["imagePullSecrets"] == [{"name": "registry"}]


def test_a_database_without_tls_is_asked_without(tmp_path):
    found, _ = manifest("psmdb-replica_set")
    found["spec"]["tls"] = {"mode": "disabled"}
    made = job("orders", "rs0", "a-job", found)
    assert "volumes" not in made["spec"]["template"]["spec"]
    assert shell_called(made, tmp_path) == ["--quiet", "--host", "a-host", "--eval", "a script"]
