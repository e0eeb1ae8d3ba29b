"""Runs a user's own etcd, kube-apiserver and kube-controller-manager as one control plane, as `program/` does for ours.

`ControlPlane.start` starts it detached, as a process of its own.
On Linux the three die with this process however it ends; elsewhere only an orderly end takes them along.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import yaml

from embedded.control_plane import configuration
from embedded.control_plane.health import answers
from embedded.control_plane.layout import Layout
from embedded.control_plane.ports import free_port, free_ports
from embedded.whole_file import write_whole

# As in program/serve.go.
_EXIT_HELD = 75
_STOP_PATIENCE = 5.0
_TURN = 0.1
_PR_SET_PDEATHSIG = 1
_ATTEMPTS = 3


class _Stop(Exception):
    """The control plane is to end, in order."""


class Supervisor:
    """The three processes of one control plane, in the order in which they need each other."""

    def __init__(self, assets: Path, layout: Layout) -> None:
        self._assets = assets
        self._layout = layout
        self._stopping = threading.Event()
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []

    def run(self, port: int) -> int:
        """Serves until it is told to stop, a component ends or the directory is gone; returns the exit status."""
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: self._stopping.set())
        with self._layout.lock.open("a") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in {errno.EAGAIN, errno.EACCES}:
                    return _EXIT_HELD
                raise
            try:
                return self._serve(port, os.fstat(lock.fileno()))
            finally:
                # Before the lock is dropped: whoever takes it next uses the same data.
                self._end_all()

    def _serve(self, port: int, lock: os.stat_result) -> int:
        if not self._layout.ready.exists():
            # Left half-written by a first start that was killed; nobody has been given it.
            shutil.rmtree(self._layout.etcd, ignore_errors=True)
        try:
            self._start_components(port)
            while True:
                self._check()
                if not _is_same(self._layout.lock, lock):
                    print("control-plane: stopping: the directory is gone", flush=True)
                    return 0
                self._stopping.wait(1.0)
        except _Stop as reason:
            if self._stopping.is_set():
                return 0
            print(f"control-plane: error: {reason}", flush=True)
            return 1

    def _start_components(self, port: int) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            chosen = free_port(port)
            try:
                self._start_store_and_server(chosen)
                break
            except _Stop:
                # Programs of others cannot be handed a bound port: between our choice and their use it can be taken.
                taken = "address already in use" in self._layout.log.read_text(errors="replace")
                if self._stopping.is_set() or attempt == _ATTEMPTS or not taken:
                    raise
                self._end_all()
                port = 0
        flags = configuration.controller_manager_flags(self._layout)
        self._start("kube-controller-manager", [flag.replace("{port}", str(chosen)) for flag in flags])

    def _start_store_and_server(self, port: int) -> None:
        layout = self._layout
        client, peer = free_ports(2)
        etcd = configuration.etcd_configuration(layout, client_port=client, peer_port=peer)
        file = layout.run / "etcd.supervised.yaml"
        write_whole(file, yaml.safe_dump(etcd).encode())
        write_whole(layout.address, json.dumps({"pid": os.getpid(), "port": port}).encode())
        self._start("etcd", [f"--config-file={file}"])
        self._wait(lambda: _accepts(client))
        flags = configuration.api_server_flags(layout)
        known = {"{port}": str(port), "{etcd}": f"https://127.0.0.1:{client}"}
        self._start("kube-apiserver", [_filled(flag, known) for flag in flags])
        self._wait(lambda: answers(layout, port, "/readyz"))

    def _start(self, name: str, flags: list[str]) -> None:
        parent = os.getpid()
        process = subprocess.Popen(
            [self._assets / name, *flags],
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: _die_with(parent),
        )
        self._processes.append((name, process))

    def _check(self) -> None:
        if self._stopping.is_set():
            raise _Stop("told to")
        for name, process in self._processes:
            if process.poll() is not None:
                raise _Stop(f"{name} ended by itself with status {process.returncode}")

    def _wait(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._check()
            self._stopping.wait(_TURN)

    def _end_all(self) -> None:
        while self._processes:
            _, process = self._processes.pop()
            process.terminate()
            try:
                process.wait(_STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _filled(flag: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        flag = flag.replace(placeholder, value)
    return flag


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_same(path: Path, known: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), known)
    except FileNotFoundError:
        return False


def _die_with(parent: int) -> None:
    """In the child, before the program: the kernel ends it when the supervisor ends."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def main() -> int:
    """The command line of the supervisor."""
    parser = argparse.ArgumentParser(prog="embedded.control_plane.supervisor")
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    return Supervisor(arguments.assets, Layout(arguments.directory)).run(arguments.port)


if __name__ == "__main__":
    sys.exit(main())
