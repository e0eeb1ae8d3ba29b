"""One preview for `tests.bench.preview`: a process that imports what its program needs and nothing more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc


def program(settings: dict[str, Any], folder: Path) -> Callable[[], None]:
    """The program of this kind."""
    if settings["kind"] == "by_hand":
        from tests.bench.by_hand import program_of

        return program_of(json.loads((folder / "leaves.json").read_text()))

    if settings["kind"] == "components":
        from dbaas_components import ManagedDatabase
        from tests.bench.databases import databases

        def components() -> None:
            for name, args in databases(settings["size"], full=settings["full"]):
                ManagedDatabase(name, args)

        return components

    def prepare() -> None:
        from dbaas_components import CustomResourceDefinitions
        from dbaas_components.kubernetes_objects import KubernetesObject

        CustomResourceDefinitions("definitions", {"folder": settings["definitions"]})
        KubernetesObject("databases", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "databases"}})

    return prepare


def main(folder: Path) -> None:
    """Runs it with the real engine, as the Automation API would, without its own bookkeeping of events."""
    settings = json.loads((folder / "settings.json").read_text())
    state = folder / "state"
    state.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([*settings["path"], os.environ["PATH"]]),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "measured, not kept",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "KUBECONFIG": settings["kubeconfig"],
    }

    def engine(*arguments: str) -> str:
        command = [settings["engine"], "--non-interactive", "--color", "never", *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout}\n{done.stderr}")
        return done.stdout

    engine("stack", "init", "bench")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program(settings, folder)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = (f"--client=127.0.0.1:{port}", "--exec-kind", "auto.inline", "--stack", "bench", "--suppress-outputs")
    if settings["kind"] == "prepare":
        engine("up", "--yes", "--skip-preview", *client)
    else:
        told = engine("preview", *client)
        expected = settings["leaves"] + (settings["size"] if settings["kind"] == "components" else 0) + 1
        found = re.search(r"\+ (\d+) to create", told)
        if found is None or int(found[1]) != expected:
            raise SystemExit(f"the preview does not create {expected} resources:\n{told[-2000:]}")
    server.stop(None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
