"""`dbaas preview` and `dbaas drift` as a user runs them, on the checkout's own stack and its embedded cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.control_plane import Running
from tests.api.objects import ApiServer
from tests.engine.checkout import Checkout, copy_checkout

pytestmark = pytest.mark.engine

DATABASES = [{"name": "billing", "namespace": "finance", "engine": "pxc", "profile": "dev", "storage": "20Gi"}]
GROWN = [{**DATABASES[0], "storage": "30Gi"}]


@pytest.fixture(scope="module")
def checkout(
    tmp_path_factory: pytest.TempPathFactory, engine: Path, control_plane: Running, crds_folder: Path | None
) -> Iterator[Checkout]:
    copied = copy_checkout(tmp_path_factory.mktemp("preview") / "checkout", crds_folder)
    settings = copied.folder / "Pulumi.small.yaml"
    settings.write_text("config:\n  dbaas:regions:\n    - name: local\n")
    copied.change("small", databases=DATABASES)
    code, output = copied.run("up", "--stack", "small")
    assert code == 0, output
    yield copied
    copied.run("clean", "--stack", "small")


def told(checkout: Checkout, *arguments: str) -> tuple[int, dict[str, object], str]:
    place = checkout.folder / "report.json"
    place.unlink(missing_ok=True)
    code, output = checkout.run(*arguments, "--stack", "small", "--format", "json", "--output", str(place))
    assert place.is_file(), output
    return code, json.loads(place.read_text()), output


def test_a_preview_of_the_own_stack_is_told_in_words_of_databases(checkout: Checkout) -> None:
    code, report, output = told(checkout, "preview")
    assert (code, report["changes"]) == (0, []), output
    checkout.change("small", databases=GROWN)
    try:
        code, report, output = told(checkout, "preview", "--prices", "aws")
        assert code == 0, output
        changes = {one["path"]: one["class"] for one in report["changes"]}  # type: ignore[attr-defined]
        assert changes["spec.pxc.volumeSpec.persistentVolumeClaim.resources.requests.storage"] == "online"
        costs = report["costs"]
        assert costs["after"] > costs["before"] > 0  # type: ignore[index]
        checkout.change("small", databases=[])
        code, report, output = told(checkout, "preview")
        assert code == 17, output
        assert "data-loss" in {one["class"] for one in report["changes"]}  # type: ignore[attr-defined]
    finally:
        checkout.change("small", databases=DATABASES)


def test_drift_of_the_own_stack_looks_into_its_embedded_cluster(checkout: Checkout) -> None:
    code, report, output = told(checkout, "drift")
    assert (code, report["changes"]) == (0, []), output
    kubeconfig = checkout.folder / ".dbaas" / "small" / "control-planes" / "local" / "kubeconfig"
    server = ApiServer(kubeconfig)
    path = "/apis/pxc.percona.com/v1/namespaces/finance/perconaxtradbclusters/billing"
    live = server.call("GET", path)
    live["spec"]["pause"] = True
    server.call("PUT", path, body=live, fieldManager="kubectl-edit")
    code, report, output = told(checkout, "drift")
    assert code == 1, output
    (change,) = report["changes"]  # type: ignore[misc]
    assert (change["path"], change["database"]) == ("spec.pause", "billing")
    assert change["by"].startswith("kubectl-edit")
