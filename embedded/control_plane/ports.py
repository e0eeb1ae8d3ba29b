"""Ports of loopback: which can be had."""

from __future__ import annotations

import socket
import time


def free_port(wanted: int) -> int:
    """The wanted port of 127.0.0.1 if it can be bound now, else one that can."""
    if wanted and is_free(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
