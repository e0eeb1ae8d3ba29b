"""Cuts a process off from all that an evaluation does not need, and becomes the program to evaluate.

Runs as a script, before the program: `isolation.py HOME CPU MEMORY PROCESSES FILE COMMAND...`. Its first line on
standard error says what was done, since not every system allows all of it. It imports no module beside it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Sequence

# Linux: sched.h, sys/mount.h, linux/mount.h, linux/prctl.h.
_NEW_USER, _NEW_NET, _NEW_MOUNTS, _NEW_PROCESSES, _NEW_IPC = 0x10000000, 0x40000000, 0x00020000, 0x20000000, 0x08000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_NO_SUID, _NO_DEVICES, _NO_EXECUTION = 0x2, 0x4, 0x8
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY = 0x1
_NO_NEW_PRIVILEGES, _DIES_WITH_PARENT = 38, 1
_KILL = 9


# Where people keep credentials, in their home.
_CREDENTIALS = (
    *(".aws", ".azure", ".config", ".docker", ".gnupg", ".kube", ".pulumi", ".ssh"),
    *(".git-credentials", ".netrc", ".pgpass", ".pypirc"),
)


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def main(arguments: Sequence[str]) -> None:
    """Isolates this process as far as the system allows, says so, and runs the command."""
    home, bounds, command = arguments[0], [int(one) for one in arguments[1:5]], arguments[5:]
    done = ["clean environment", "empty home"]
    if sys.platform == "linux":
        done += _linux(home)
    done += _bounded(*bounds)
    os.write(2, f"isolation: {'; '.join(done)}\n".encode())
    os.execv(command[0], list(command))  # noqa: S606 - without a shell is what is wanted


def _bounded(cpu: int, memory: int, processes: int, file: int) -> list[str]:
    done: list[str] = []
    limits = (
        (resource.RLIMIT_CPU, cpu, f"{cpu} s of CPU"),
        (resource.RLIMIT_AS, memory, f"{memory // 2**20} MiB of memory"),
        (resource.RLIMIT_FSIZE, file, f"files of {file // 2**20} MiB"),
        (resource.RLIMIT_CORE, 0, ""),
        (getattr(resource, "RLIMIT_NPROC", None), processes, f"{processes} processes"),
    )
    for kind, value, words in limits:
        if kind is None:
            continue
        try:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue
        if words:
            done.append(words)
    return done


def _linux(home: str) -> list[str]:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    user, group = os.getuid(), os.getgid()
    everything = _NEW_USER | _NEW_NET | _NEW_MOUNTS | _NEW_PROCESSES | _NEW_IPC
    if libc.unshare(everything) != 0:
        return ["NOT cut off from network, files and other processes: the system allows no namespaces"]
    try:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    except OSError:
        return ["no network", "NOT cut off from files: the system allows no mapping of users"]
    # Only a child is inside the new space of processes; when this one ends, so do all of them.
    child = os.fork()
    if child:
        _wait(child)
    libc.prctl(_DIES_WITH_PARENT, _KILL, 0, 0, 0)
    return ["no network", *_files(libc, home)]


def _files(libc: ctypes.CDLL, home: str) -> list[str]:
    failed = libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None) != 0
    place = home.encode()
    failed = failed or libc.mount(place, place, None, _BIND, None) != 0
    read_only = _Attributes(_READ_ONLY, 0, 0, 0)
    size = ctypes.sizeof(read_only)
    failed = failed or libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, ctypes.byref(read_only), size) != 0
    writable = _Attributes(0, _READ_ONLY, 0, 0)
    failed = failed or libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, place, 0, ctypes.byref(writable), size) != 0
    done = ["NOT read-only outside its own folder"] if failed else ["read-only outside its own folder"]
    flags = _NO_SUID | _NO_DEVICES | _NO_EXECUTION
    if libc.mount(b"proc", b"/proc", b"proc", flags, None) == 0:
        done.append("other processes out of sight")
    else:
        done.append("other processes' environment NOT out of sight")
    # The mount of its own folder was made after this process entered what lay under it.
    os.chdir(home)
    return done + _hidden(libc)


def _hidden(libc: ctypes.CDLL) -> list[str]:
    """Lays an empty folder over the places where people keep credentials."""
    real = os.path.expanduser(f"~{_user_name()}")  # noqa: PTH111 - HOME says another
    count, failed = 0, 0
    for name in (
        ".aws",
        ".kube",
        ".config",
        ".ssh",
        ".pulumi",
        ".docker",
        ".azure",
        ".gnupg",
        ".netrc",
        ".git-credentials",
    ):
        path = os.path.join(real, name)  # noqa: PTH118
        if os.path.isdir(path):  # noqa: PTH112
            count += 1
            failed += libc.mount(b"tmpfs", path.encode(), b"tmpfs", _NO_SUID | _NO_DEVICES, b"size=4k") != 0
        elif os.path.isfile(path):  # noqa: PTH113
            count += 1
            failed += libc.mount(b"/dev/null", path.encode(), None, _BIND, None) != 0
    for path in ("/var/run/secrets", "/run/secrets"):
        if os.path.isdir(path):  # noqa: PTH112
            count += 1
            failed += libc.mount(b"tmpfs", path.encode(), b"tmpfs", _NO_SUID | _NO_DEVICES, b"size=4k") != 0
    return ["credentials of the user NOT out of sight"] if failed else ["credentials of the user out of sight"]


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _wait(child: int) -> None:
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
