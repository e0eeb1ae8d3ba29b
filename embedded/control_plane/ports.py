"""Ports of loopback: which can be had."""

from __future__ import annotations

import secrets
import socket
import time
from typing import Final

# Below those that the kernel gives away by itself (32768 and above on Linux), so that a port which a program binds
# later than it is chosen here, or again after a restart, is not somebody's connection by then.
_CHOICES: Final = range(20_000, 32_000)
_TRIES: Final = 100


def free_port(wanted: int = 0) -> int:
    """The wanted port of 127.0.0.1 if it can be bound now, else one that can."""
    for port in (wanted, *(secrets.choice(_CHOICES) for _ in range(_TRIES))):
        if port and is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(number: int) -> list[int]:
    """So many ports of 127.0.0.1 that can be bound now, each another."""
    found: set[int] = set()
    while len(found) < number:
        found.add(free_port())
    return list(found)


def is_free(port: int) -> bool:
    """Whether a server could bind this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: connections that linger after their server do not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until_free(port: int, seconds: float) -> bool:
    """Waits until the port can be bound, no longer than this; returns whether it can."""
    deadline = time.monotonic() + seconds
    while not (free := is_free(port)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return free
