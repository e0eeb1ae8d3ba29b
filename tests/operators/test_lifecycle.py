"""Real operators as processes: what they open, what they leave, and that they can be started again."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from embedded.operators import OPERATORS, OperatorError, RunningOperator
from embedded.progress import ConsoleReport
from tests.api.objects import ApiServer, Refused

pytestmark = [pytest.mark.operators, pytest.mark.api]

_WEBHOOKS = (
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cert-manager-webhook",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/cert-manager-webhook",
)
_LISTENING = "0A"
_LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
_NAMESPACE = "life"
_REQUESTS = f"/apis/cert-manager.io/v1/namespaces/{_NAMESPACE}/certificaterequests"
_REQUEST: dict[str, Any] = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "CertificateRequest",
    "metadata": {"name": "nonsense"},
    "spec": {"request": "bm9uc2Vuc2U=", "issuerRef": {"name": "nobody"}},
}


def test_a_killed_operator_is_told_and_a_new_one_goes_on(
    new_api_server: tuple[ApiServer, Path], tmp_path: Path, report: ConsoleReport
) -> None:
    api, kubeconfig = new_api_server
    api.new_namespace(_NAMESPACE)
    operator = OPERATORS["cert-manager"]
    first = operator.start(kubeconfig, "cert-manager-again", tmp_path / "first", report)
    os.kill(first.pid, signal.SIGKILL)
    os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(
        OperatorError, match=r"operator cert-manager ended by itself with status -9; its log is .*first"
    ):
        first.stop()
    # As in any cluster whose webhook is gone: nothing of cert-manager's is accepted.
    with pytest.raises(Refused, match=r'failed calling webhook "webhook\.cert-manager\.io"'):
        api.create(_REQUESTS, _REQUEST)

    with operator.start(kubeconfig, "cert-manager-again", tmp_path / "second", report):
        with pytest.raises(Refused, match=r'"webhook\.cert-manager\.io" denied the request: spec\.request: Invalid'):
            api.create(_REQUESTS, _REQUEST)
        assert [api.call("GET", path)["metadata"]["name"] for path in _WEBHOOKS] == ["cert-manager-webhook"] * 2
    for path in _WEBHOOKS:
        with pytest.raises(Refused, match="not found"):
            api.call("GET", path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="open ports are read from /proc")
def test_operators_listen_on_loopback_and_only_where_they_must(operators: dict[str, RunningOperator]) -> None:
    listening = {name: _listening(each.pid) for name, each in operators.items()}
    assert listening["pxc"] == listening["psmdb"] == []
    # Its webhook.
    assert len(listening["cert-manager"]) == 1
    assert {*listening["cert-manager"]} <= _LOOPBACK


def _listening(pid: int) -> list[str]:
    """The addresses, as the kernel writes them, on which a process listens for TCP."""
    links: list[str] = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        # One that was closed meanwhile is no socket that listens.
        with contextlib.suppress(FileNotFoundError):
            links.append(str(entry.readlink()))
    sockets = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}
    tables = [Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return [row[1].partition(":")[0] for row in rows if row[3] == _LISTENING and row[9] in sockets]
