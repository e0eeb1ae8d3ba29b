"""The wires between the places, as a process that forwards connections and cuts them on order.

A wire that is cut drops the connections that it has and refuses every new one, as a firewall that resets does. TLS goes
through untouched, so whoever speaks over a wire still sees the API server's own certificate.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

_CHUNK = 65_536


class Wires:
    """The forwarding process. `targets` gives each wire's port of 127.0.0.1 where its API server is."""

    def __init__(self, targets: Mapping[str, int]) -> None:
        self._targets = dict(targets)
        self._process: subprocess.Popen[str] | None = None
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Wires:
        command = [sys.executable, str(Path(__file__)), json.dumps(self._targets)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports = json.loads(self._answer())
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        assert process is not None, "it was entered"
        process.kill()
        process.wait()

    def cut(self, names: Iterable[str]) -> None:
        """Returns once nothing gets through."""
        self._order("cut", names)

    def mend(self, names: Iterable[str]) -> None:
        """Returns once it forwards again."""
        self._order("mend", names)

    def _order(self, verb: str, names: Iterable[str]) -> None:
        process = self._process
        assert process is not None, "it was entered"
        assert process.stdin is not None, "it was started with a pipe"
        process.stdin.write(json.dumps([verb, list(names)]) + "\n")
        process.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        process = self._process
        assert process is not None, "it was entered"
        assert process.stdout is not None, "it was started with a pipe"
        line = process.stdout.readline()
        assert line, "the process of the wires ended"
        return line


class _Wire:
    def __init__(self, target: int) -> None:
        self._target = target
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        self._cut = True
        for writer in list(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        self._cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if not self._cut:
                await self._forward(reader, writer)
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return
        self._open.add(forth)
        try:
            both = [asyncio.create_task(_pump(reader, forth)), asyncio.create_task(_pump(back, writer))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
        finally:
            self._open.discard(forth)
            forth.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


async def _serve(targets: Mapping[str, int]) -> None:
    wires = {name: _Wire(port) for name, port in targets.items()}
    ports: dict[str, int] = {}
    for name, wire in wires.items():
        server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        verb, names = json.loads(line)
        for name in names:
            getattr(wires[name], verb)()
        print("done", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(json.loads(sys.argv[1])))
