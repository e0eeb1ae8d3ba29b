"""The main job, as a user runs it: up, up again, a change, Ctrl-C, a kill, wrong input, down, clean."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes
import pytest

from embedded.control_plane import Running
from tests.engine.checkout import Checkout, copy_checkout

pytestmark = pytest.mark.engine

DATABASES = [
    {"name": "orders", "namespace": "shop", "engine": "pg", "profile": "dev"},
    {"name": "catalog", "namespace": "shop", "engine": "psmdb", "profile": "dev"},
    {"name": "billing", "namespace": "finance", "engine": "pxc", "profile": "dev"},
    {"name": "ledger", "namespace": "finance", "engine": "ps", "profile": "dev"},
]
# What a test makes of them, and what those after it go on with: a volume never shrinks.
GROWN = [{**DATABASES[0], "storage": "20Gi"}, *DATABASES[1:]]
KINDS = {
    "orders": "PerconaPGCluster",
    "catalog": "PerconaServerMongoDB",
    "billing": "PerconaXtraDBCluster",
    "ledger": "PerconaServerMySQL",
}


@pytest.fixture(scope="module")
def checkout(
    tmp_path_factory: pytest.TempPathFactory, engine: Path, control_plane: Running, crds_folder: Path | None
) -> Iterator[Checkout]:
    # Both are asked for so that they are built here, with their progress shown, or skip with the reason.
    copied = copy_checkout(tmp_path_factory.mktemp("up") / "checkout", crds_folder)
    yield copied
    for stack in ("dev", "other"):
        if (copied.folder / f"Pulumi.{stack}.yaml").exists():
            copied.run("clean", "--stack", stack)


def kubeconfig(checkout: Checkout, stack: str = "dev") -> Path:
    return checkout.folder / ".dbaas" / stack / "control-planes" / "local" / "kubeconfig"


def live_object(checkout: Checkout, api_version: str, namespace: str, plural: str, name: str) -> Any:
    client = kubernetes.config.new_client_from_config(config_file=str(kubeconfig(checkout)))
    group, version = api_version.split("/")
    return kubernetes.client.CustomObjectsApi(client).get_namespaced_custom_object(
        group, version, namespace, plural, name
    )


def test_up_ends_with_a_table_of_four_databases(checkout: Checkout) -> None:
    code, output = checkout.run("up")
    assert code == 0, output
    for name, kind in KINDS.items():
        (row,) = [line for line in output.splitlines() if line.startswith(f"{name} ")]
        cells = row.split()
        assert cells[2] == kind
        assert cells[3] == "accepted"
        assert cells[4].startswith(f"{name}-")
        assert cells[5].startswith(f"{cells[1]}/{name}-")


def test_the_api_server_holds_every_database(checkout: Checkout) -> None:
    live = live_object(checkout, "pxc.percona.com/v1", "finance", "perconaxtradbclusters", "billing")
    assert live["spec"]["pxc"]["size"] == 1
    assert live["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "dbaas-components"


def test_doctor_names_every_part_and_where_it_comes_from(checkout: Checkout) -> None:
    code, output = checkout.run("doctor", "--json")
    assert code == 0, output
    choices = {choice["part"]: choice for choice in json.loads(output)}
    assert set(choices) == {"engine", "provider", "cluster local", "definitions", "state"}
    assert all(choice["ready"] and choice["origin"] and choice["version"] for choice in choices.values())
    code, table = checkout.run("doctor")
    assert code == 0
    assert all(part in table for part in choices)


def test_up_again_changes_nothing(checkout: Checkout) -> None:
    code, output = checkout.run("up")
    assert code == 0, output
    assert "stack dev: no change" in output


def test_the_projects_own_files_are_left_as_they_were(checkout: Checkout) -> None:
    assert "encryptionsalt" not in (checkout.folder / "Pulumi.dev.yaml").read_text()
    assert not (checkout.folder / "Pulumi.dev.yaml.bak").exists()


def test_credentials_and_passphrase_are_readable_by_their_owner_only(checkout: Checkout) -> None:
    private = [kubeconfig(checkout), checkout.folder / ".dbaas" / "dev" / "passphrase"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600, 0o600]


def test_neither_passphrase_nor_credentials_are_in_the_state_the_output_or_the_log(checkout: Checkout) -> None:
    local = checkout.folder / ".dbaas" / "dev"
    passphrase = (local / "passphrase").read_text()
    keys = [line.split()[-1] for line in kubeconfig(checkout).read_text().splitlines() if "client-key-data" in line]
    tokens = [line.split()[-1] for line in kubeconfig(checkout).read_text().splitlines() if " token:" in line]
    assert keys or tokens
    code, output = checkout.run("up")
    assert code == 0
    places = [path for path in (local / "state").rglob("*") if path.is_file()]
    places += [path for path in (local / "control-planes").rglob("*log*") if path.is_file()]
    texts = [output, *(path.read_text(errors="replace") for path in places)]
    assert len(texts) > 2
    assert not [secret for secret in (passphrase, *keys, *tokens) for text in texts if secret in text]


def test_a_changed_size_is_an_update_in_place_of_that_database_alone(checkout: Checkout) -> None:
    before = live_object(checkout, "pgv2.percona.com/v2", "shop", "perconapgclusters", "orders")
    checkout.change("dev", databases=GROWN)
    code, output = checkout.run("up")
    assert code == 0, output
    assert [line.strip() for line in output.splitlines() if line.startswith("  updating")] == [
        "updating PerconaPGCluster orders-database"
    ]
    after = live_object(checkout, "pgv2.percona.com/v2", "shop", "perconapgclusters", "orders")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    claim = after["spec"]["instances"][0]["dataVolumeClaimSpec"]
    assert claim["resources"]["requests"]["storage"] == "20Gi"


def test_a_protected_database_that_left_the_settings_is_not_deleted(checkout: Checkout) -> None:
    protected = {**GROWN[3], "deletion_protection": True}
    checkout.change("dev", databases=[*GROWN[:3], protected])
    assert checkout.run("up")[0] == 0
    checkout.change("dev", databases=GROWN[:3])
    code, output = checkout.run("up")
    assert code == 1
    assert "ledger-database" in output
    assert "protect" in output
    assert "Traceback" not in output
    live = live_object(checkout, "ps.percona.com/v1", "finance", "perconaservermysqls", "ledger")
    assert "deletionTimestamp" not in live["metadata"]
    checkout.change("dev", databases=GROWN)
    assert checkout.run("up")[0] == 0


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"databasess": []}, ["dbaas:databasess: is not a known key"]),
        ({"manage_namespaces": "yes"}, ['"yes" is not true or false']),
        (
            {"databases": [{"name": "a", "namespace": "shop", "engine": "oracle"}, {"name": "a", "engine": "pg"}]},
            ['"oracle" is not an engine', "dbaas:databases[1].namespace: is required", "both named"],
        ),
        (
            {"databases": [{"name": "a", "namespace": "shop", "engine": "pxc", "profile": "standard", "replicas": 4}]},
            ["replicas 4 is even; Galera needs an odd count of 3 or 5"],
        ),
        (
            {"databases": [{"name": "x" * 23, "namespace": "shop", "engine": "pxc"}]},
            ["at most 22"],
        ),
        ({"regions": [{"name": "local", "context": "nowhere"}]}, ["nowhere"]),
    ],
    ids=["unknown key", "wrong type", "several at once", "even replicas", "name too long", "unknown context"],
)
def test_wrong_settings_are_one_message_and_nothing_is_applied(
    checkout: Checkout, config: dict[str, object], told: list[str]
) -> None:
    original = (checkout.folder / "Pulumi.dev.yaml").read_text()
    state = checkout.folder / ".dbaas" / "dev" / "state" / ".pulumi" / "stacks" / "dbaas" / "dev.json"
    before = state.read_bytes()
    checkout.change("dev", **config)
    try:
        code, output = checkout.run("up")
    finally:
        (checkout.folder / "Pulumi.dev.yaml").write_text(original)
    assert code == 1, output
    assert output.count("error:") == 1
    assert "Traceback" not in output
    for part in told:
        assert part in output
    assert state.read_bytes() == before


def test_an_unknown_stack_is_refused(checkout: Checkout) -> None:
    code, output = checkout.run("up", "--stack", "deev")
    assert code == 1
    assert '"deev" has no Pulumi.deev.yaml' in output
    assert "Traceback" not in output


def test_wrong_usage_exits_with_2(checkout: Checkout) -> None:
    assert checkout.run("up", "--stak", "dev")[0] == 2


def test_a_context_whose_server_does_not_answer_is_refused_in_seconds(checkout: Checkout, tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "gone", "cluster": {"server": "https://127.0.0.1:9"}}],
                "users": [{"name": "gone", "user": {}}],
                "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "gone"}}],
                "current-context": "gone",
            }
        )
    )
    checkout.change("other", regions=[{"name": "local", "kubeconfig": str(config), "context": "gone"}], databases=[])
    began = time.monotonic()
    code, output = checkout.run("up", "--stack", "other")
    (checkout.folder / "Pulumi.other.yaml").unlink()
    assert code == 1
    assert "does not answer" in output
    assert "gone" in output
    assert "Traceback" not in output
    assert time.monotonic() - began < 60


def test_a_wrong_passphrase_is_one_message(checkout: Checkout) -> None:
    code, output = checkout.run("up", PULUMI_CONFIG_PASSPHRASE="not the one")
    assert code == 1, output
    assert "the passphrase does not open this stack's state" in output
    assert "not the one" not in output
    assert "Traceback" not in output


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"it ended without ever saying {text!r}")


@pytest.fixture
def other(checkout: Checkout) -> Iterator[str]:
    """A second stack, empty at first, on a control plane of its own."""
    checkout.change("other", regions=[{"name": "local"}], databases=DATABASES)
    yield "other"
    checkout.run("clean", "--stack", "other")
    (checkout.folder / "Pulumi.other.yaml").unlink()


@pytest.mark.parametrize(
    ("moment", "number"),
    [("creating Namespace", signal.SIGINT), ("creating ManagedDatabase", signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_after_it_was_stopped_the_same_command_goes_on(
    checkout: Checkout, other: str, moment: str, number: int
) -> None:
    process = checkout.start("up", "--stack", other)
    wait_for(process, moment)
    process.send_signal(number)
    output, _ = process.communicate(timeout=180)
    assert process.returncode == 130, output
    assert "Traceback" not in output
    code, output = checkout.run("up", "--stack", other)
    assert code == 0, output
    code, output = checkout.run("up", "--stack", other)
    assert "no change" in output


def test_after_everything_was_killed_the_same_command_goes_on(checkout: Checkout, other: str) -> None:
    process = checkout.start("up", "--stack", other)
    wait_for(process, "creating CustomResourceDefinition")
    for pid in descendants(process.pid):
        # A provider that sees its engine gone ends by itself.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=60)
    folder = checkout.folder / ".dbaas" / other / "state" / ".pulumi"
    # Where a kill may hit, too: the engine writes these in place, and reads no state beside an empty one.
    cut_off = list(folder.rglob("*.attrs"))
    assert cut_off
    for attributes in cut_off:
        attributes.write_bytes(b"")
    code, output = checkout.run("up", "--stack", other)
    assert code == 0, output
    code, output = checkout.run("up", "--stack", other)
    assert "no change" in output
    assert "interrupted while" not in output
    state = folder / "stacks" / "dbaas" / f"{other}.json"
    assert not json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations")


def descendants(pid: int) -> list[int]:
    """Every process that came from this one, its control plane included."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in table.splitlines())}
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def test_down_deletes_the_databases_and_stops_the_control_plane(checkout: Checkout) -> None:
    code, output = checkout.run("down")
    assert code == 0, output
    order = [line.split()[1] for line in output.splitlines() if line.startswith(("  deleting", "  leaving"))]
    last_database = max(index for index, kind in enumerate(order) if kind in KINDS.values())
    assert last_database < min(index for index, kind in enumerate(order) if kind in {"Namespace", "provider"})
    assert last_database < min(index for index, kind in enumerate(order) if kind == "CustomResourceDefinition")
    port = int(kubeconfig(checkout).read_text().split("https://127.0.0.1:")[1].split()[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_up_after_down_finds_the_definitions_that_were_left_and_goes_on(checkout: Checkout) -> None:
    code, output = checkout.run("up")
    assert code == 0, output
    assert checkout.run("down")[0] == 0


def test_down_again_finds_nothing_and_starts_nothing(checkout: Checkout) -> None:
    code, output = checkout.run("down")
    assert code == 0
    assert "nothing was there" in output
    assert "control plane" not in output


def test_clean_forgets_everything_local(checkout: Checkout) -> None:
    assert checkout.run("clean")[0] == 0
    assert not (checkout.folder / ".dbaas" / "dev").exists()
