"""Does a control plane run? The kernel knows: its process holds a lock that ends with it.

A pid in a file says nothing: the process may be gone, or the number may be another program's by now.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import sys
from pathlib import Path

# struct flock, whose order of fields differs between the systems.
_LINUX = ("hhqqi", lambda kind, start, length, pid: (kind, os.SEEK_SET, start, length, pid), 4)
_OTHER = ("qqihh", lambda kind, start, length, pid: (start, length, pid, kind, os.SEEK_SET), 2)


def holder(lock: Path) -> int | None:
    """The pid of the process that holds the POSIX lock on this file, or None."""
    layout, fields, pid_at = _LINUX if sys.platform.startswith("linux") else _OTHER
    kind_at = 0 if layout == _LINUX[0] else 3
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        asked = struct.pack(layout, *fields(fcntl.F_WRLCK, 0, 0, 0))
        answer = struct.unpack(layout, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    return None if answer[kind_at] == fcntl.F_UNLCK else answer[pid_at]


def published_port(address: Path, pid: int | None = None) -> int | None:
    """The port in the address file, if it is whole and, where a pid is given, was written by that process."""
    try:
        content = json.loads(address.read_bytes())
        writer, port = int(content["pid"]), int(content["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not 0 < port < 65536 or (pid is not None and writer != pid):
        return None
    return port
