"""Cuts a process off from all that an evaluation does not need, and becomes the program to evaluate.

Runs as a script, before the program: `isolation.py HOME NEEDED CPU MEMORY PROCESSES FILE DISK READABLE COMMAND...`.
READABLE is what it may read beside the system's own folders, as a JSON list. Its first line on standard error says what
was done, since not every system allows all of it. With NEEDED 1 it ends with `NOT_ISOLATED` and runs nothing where the
program could reach the network, read what it does not need or write elsewhere. It imports no module beside it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Sequence

# Linux: sched.h, sys/mount.h, linux/mount.h, linux/prctl.h.
_NEW_USER, _NEW_NET, _NEW_MOUNTS, _NEW_PROCESSES, _NEW_IPC = 0x10000000, 0x40000000, 0x00020000, 0x20000000, 0x08000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_NO_SUID, _NO_DEVICES, _NO_EXECUTION = 0x2, 0x4, 0x8
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY, _NODEV = 0x1, 0x4
_DROP, _MOST_CAPABILITIES = 24, 64
_NO_NEW_PRIVILEGES, _DIES_WITH_PARENT = 38, 1
_KILL = 9
NOT_ISOLATED = 4
"""Exit code where the program was not run, because this system does not cut it off."""
TOO_MUCH_MEMORY = 5
"""Exit code where the processes together took more memory than one may have."""
_BETWEEN_LOOKS = 0.1
_OPEN = "NOT cut off", "NOT read-only outside"

# What an interpreter needs of a system, and nothing in which people or services keep what is theirs. Of /etc only what
# libraries read to find each other, names and certificates.
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/hosts", "/etc/mime.types"),
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/ca-certificates"),
)
_DETACH = 2
_MOST_FILES = 100_000
"""How many files a program may make."""


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def main(arguments: Sequence[str]) -> None:
    """Isolates this process as far as the system allows, says so, and runs the command."""
    home, needed = arguments[0], arguments[1] == "1"
    *bounds, disk = [int(one) for one in arguments[2:7]]
    readable, command = json.loads(arguments[7]), arguments[8:]
    done = ["clean environment", "empty home"]
    if sys.platform == "linux":
        done += _linux(home, bounds, disk, readable)
    else:
        done.append("NOT cut off from network, files and other processes: only Linux can")
    done += _bounded(*bounds)
    os.write(2, f"isolation: {'; '.join(done)}\n".encode())
    if needed and any(one.startswith(_OPEN) for one in done):
        sys.exit(NOT_ISOLATED)
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


def _linux(home: str, bounds: Sequence[int], disk: int, readable: Sequence[str]) -> list[str]:
    _, memory, processes, _ = bounds
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
    ready, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        # Both are in one space of mounts: from then on /proc is that of the child's space of processes.
        _wait(child, memory if os.read(ready, 1) else 0)
    libc.prctl(_DIES_WITH_PARENT, _KILL, 0, 0, 0)
    done = ["no network", *_files(libc, home, processes, disk, readable)]
    if "other processes out of sight" in done:
        os.write(tell, b"1")
        done.append(f"{memory // 2**20} MiB for all processes together")
    os.close(tell)
    # Who is root in a space of users of its own could undo all of it.
    for capability in range(_MOST_CAPABILITIES):
        libc.prctl(_DROP, capability, 0, 0, 0)
    # The mount of its own folder was made after this process entered what lay under it.
    os.chdir(home)
    return done


def _files(libc: ctypes.CDLL, home: str, processes: int, disk: int, readable: Sequence[str]) -> list[str]:
    """Builds a root of what the program may see, read-only but for its own folder, and leaves all else behind."""
    root = os.path.join(home, ".root")  # noqa: PTH118 - the calls of libc take bytes
    place = (root + home).encode()
    os.mkdir(root)  # noqa: PTH102
    failed = libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None) != 0
    failed = failed or libc.mount(b"tmpfs", root.encode(), b"tmpfs", _NO_SUID, b"size=1m,mode=755") != 0
    if failed:
        return ["NOT cut off from files: the system allows no mounts"]
    hidden = _show(libc, root, readable, home) and _own_folder(libc, root, home, disk)
    for name in ("proc", "dev", "tmp"):
        os.makedirs(os.path.join(root, name), exist_ok=True)  # noqa: PTH103, PTH118
    devices = _devices(libc, os.path.join(root, "dev").encode())  # noqa: PTH118
    failed = devices is None
    # Devices can be written on a read-only mount as well.
    failed = failed or not _attributes(libc, root.encode(), _READ_ONLY | _NODEV, 0, _AT_RECURSIVE)
    failed = failed or not _attributes(libc, place, 0, _READ_ONLY, 0)
    for device in devices or ():
        failed = failed or not _attributes(libc, device, 0, _NODEV | _READ_ONLY, 0)
    done = ["NOT read-only outside its own folder" if failed else "read-only outside its own folder"]
    # A system lets nobody mount /proc who sees none any more: before the old root goes.
    flags = _NO_SUID | _NO_DEVICES | _NO_EXECUTION
    own_processes = libc.mount(b"proc", f"{root}/proc".encode(), b"proc", flags, None) == 0
    os.chdir(root)
    hidden = hidden and libc.pivot_root(b".", b".") == 0 and libc.umount2(b".", _DETACH) == 0
    os.chdir("/")
    done.append("other files out of sight" if hidden else "NOT cut off from files that it does not need")
    done += [f"{disk // 2**20} MiB of files together"] if hidden else []
    return [*done, *(_processes(libc, processes) if own_processes else ["NOT cut off from other processes"])]


def _show(libc: ctypes.CDLL, root: str, readable: Sequence[str], home: str) -> bool:
    """Lays into the root what may be read; whether all of it could be."""
    wanted = sorted({*_SYSTEM, *readable, *map(os.path.realpath, readable)}, key=lambda path: (path.count("/"), path))
    shown: list[str] = []
    for path in wanted:
        if not os.path.lexists(path) or any(path == one or path.startswith(f"{one}/") for one in (*shown, home)):
            continue
        if os.path.islink(path) and path in _SYSTEM:  # noqa: PTH114 - /lib is usr/lib on most systems
            os.symlink(os.readlink(path), root + path)  # noqa: PTH115, PTH211
            continue
        if not _bind(libc, path, root + path, _BIND | _RECURSIVE):
            return False
        shown.append(path)
    return True


def _own_folder(libc: ctypes.CDLL, root: str, home: str, disk: int) -> bool:
    """Lays the program's own folder into the root: a copy in memory, since of a disk nothing else bounds the whole."""
    os.makedirs(root + home, exist_ok=True)  # noqa: PTH103
    used, files = 0, 0
    for folder, names, found in os.walk(home):
        if folder == home:
            names.remove(os.path.basename(root))  # noqa: PTH119
        files += len(names) + len(found)
        used += sum(os.lstat(os.path.join(folder, one)).st_size + 4096 for one in (*names, *found))  # noqa: PTH118
    options = f"size={used + disk},nr_inodes={files + _MOST_FILES},mode=700".encode()
    if libc.mount(b"tmpfs", (root + home).encode(), b"tmpfs", _NO_SUID | _NO_DEVICES, options) != 0:
        return False
    ignored = shutil.ignore_patterns(os.path.basename(root))  # noqa: PTH119
    shutil.copytree(
        home, root + home, symlinks=True, dirs_exist_ok=True,
        ignore=lambda folder, names: ignored(folder, names) if folder == home else set[str](),
    )  # fmt: skip
    return True


def _bind(libc: ctypes.CDLL, path: str, to: str, flags: int) -> bool:
    if os.path.isdir(path):  # noqa: PTH112
        os.makedirs(to, exist_ok=True)  # noqa: PTH103
    else:
        os.makedirs(os.path.dirname(to), exist_ok=True)  # noqa: PTH103, PTH120
        os.close(os.open(to, os.O_CREAT | os.O_WRONLY, 0o600))
    return libc.mount(path.encode(), to.encode(), None, flags, None) == 0


def _attributes(libc: ctypes.CDLL, path: bytes, wanted: int, unwanted: int, flags: int) -> bool:
    attributes = _Attributes(wanted, unwanted, 0, 0)
    size = ctypes.sizeof(attributes)
    return libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, path, flags, ctypes.byref(attributes), size) == 0


def _devices(libc: ctypes.CDLL, folder: bytes) -> list[bytes] | None:
    """The few devices that a program may have."""
    if libc.mount(b"tmpfs", folder, b"tmpfs", _NO_SUID, b"size=64k,mode=755") != 0:
        return None
    found: list[bytes] = []
    for name in (b"null", b"zero", b"random", b"urandom"):
        target = folder + b"/" + name
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
        if libc.mount(b"/dev/" + name, target, None, _BIND, None) != 0:
            return None
        found.append(target)
    return found


def _processes(libc: ctypes.CDLL, processes: int) -> list[str]:
    """Bounds in a /proc that has its own processes alone, and of which nothing can be written afterwards."""
    done = ["other processes out of sight"]
    with contextlib.suppress(OSError):
        _write("/proc/sys/user/max_user_namespaces", "0")
    # Before 6.14 the number is the whole machine's, and whoever is root outside could change it from here.
    if _kernel() >= (6, 14):
        with contextlib.suppress(OSError):
            # The kernel takes no smaller one.
            _write("/proc/sys/kernel/pid_max", str(max(processes, 400)))
            done.append(f"at most {max(processes, 400)} processes")
    if not _attributes(libc, b"/proc", _READ_ONLY, 0, 0):
        done.append("/proc NOT read-only")
    return done


def _kernel() -> tuple[int, int]:
    numbers = [part for part in os.uname().release.replace("-", ".").split(".")[:2] if part.isdigit()]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else (0, 0)


def _wait(child: int, memory: int) -> None:
    """Waits for the child, ends with its code, and ends it where all processes of /proc take more than `memory`."""

    # The first of a space of processes is gone only when all others of it are: whoever asks this one to end may then
    # take it that nothing runs any more.
    def end(_number: int, _frame: object) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    ended, status = os.waitpid(child, os.WNOHANG)
    while not ended:
        if memory and _resident("statm") > memory and _resident("smaps_rollup") > memory:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os._exit(TOO_MUCH_MEMORY)
        signal.sigtimedwait({signal.SIGCHLD}, _BETWEEN_LOOKS)
        ended, status = os.waitpid(child, os.WNOHANG)
    if os.WIFSIGNALED(status):
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def _resident(file: str) -> int:
    """Bytes in memory of all processes: `statm` is quick and counts shared pages for each, `smaps_rollup` its share."""
    found = 0
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        # A process may be gone by now.
        with contextlib.suppress(OSError), open(f"/proc/{name}/{file}") as lines:  # noqa: PTH123
            if file == "statm":
                found += int(lines.read().split()[1]) * resource.getpagesize()
            else:
                found += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return found


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
