"""The folder that every Pod has and a process of this machine has not: the service account's, with its namespace.

The operators of pxc 1.20.0 and psmdb 1.22.0 read their namespace there and take no setting for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

from embedded.operators.errors import OperatorError

_FOLDER: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
# All of /var/run is covered: whoever is not root cannot make folders in it, and nothing in it is needed.
_SCRIPT: Final = (
    f'mount -t tmpfs tmpfs /var/run; mkdir -p {_FOLDER}; printf %s "$1" > {_FOLDER}/namespace; shift; exec "$@"'
)


def inside_pod_folder(namespace: str) -> list[str]:
    """What to put before a command, so that it finds this namespace where a Pod has it.

    The command gets a mount namespace of its own: nothing on this machine changes, and nothing is left. The process
    that is started becomes the command.

    Raises `OperatorError` with the reason where this machine allows none.
    """
    way = _find_way()
    if isinstance(way, str):
        raise OperatorError(way)
    return _inside(way, namespace)


def missing_pod_folder() -> str | None:
    """Why no process of this machine can have such a folder, with the fix; None where one can."""
    way = _find_way()
    return way if isinstance(way, str) else None


def _inside(way: Sequence[str], namespace: str) -> list[str]:
    return [*way, "/bin/sh", "-euc", _SCRIPT, "sh", namespace]


def _find_way() -> list[str] | str:
    """How a mount namespace is made here, or why it is not."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return "these operators need a mount namespace: use Linux and install util-linux, which brings unshare"
    # Whoever is not root becomes root of a user namespace: may mount there, and has no right more outside.
    as_user, as_root = [unshare, "--user", "--map-root-user", "--mount"], [unshare, "--mount"]
    said = ""
    for way in [as_root, as_user] if os.geteuid() == 0 else [as_user]:
        tried = subprocess.run([*_inside(way, "any"), "true"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return way
        said = tried.stderr.strip()
    return f"these operators need a mount namespace, and none can be made ({said}); allow user namespaces or be root"
