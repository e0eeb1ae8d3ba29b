"""Saves a snapshot of Vault's or OpenBao's storage, looks whether it is whole, and brings it into a bucket and back.

Usage: python -m dbaas_components.bootstrap.in_cluster.vault_snapshot CONFIGURATION.json

The snapshot is as encrypted as the storage: it opens with the same seal only. It is kept under its final name only when
the sums that the server put into it agree with what arrived.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbaas_components.bootstrap.in_cluster.object_store import Store
from dbaas_components.bootstrap.in_cluster.service import Failed, Service, exit_status, patiently
from dbaas_components.bootstrap.in_cluster.vault_client import login

LOG = logging.getLogger("vault-snapshot")
_SUMS = "SHA256SUMS"
_PIECE = 1 << 20
_SECONDS = 600


def save(settings: Mapping[str, Any], target: Path) -> int:
    """Size in bytes of the snapshot that is now at `target`. Raises `Failed` if it is not whole."""
    session = login(Service("Vault", settings["address"], settings["ca_file"]), settings)
    unfinished = target.with_suffix(".unfinished")
    address = f"{settings['address']}/v1/sys/storage/raft/snapshot"
    request = urllib.request.Request(address, headers=session)  # noqa: S310 - the specification takes https only
    context = ssl.create_default_context(cafile=settings["ca_file"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=_SECONDS) as answer, unfinished.open("wb") as file:
            while piece := answer.read(_PIECE):
                file.write(piece)
    except urllib.error.HTTPError as error:
        with error:
            raise Failed(
                f"Vault answers {error.code} to the snapshot; role {settings['role']} must be allowed to read "
                "sys/storage/raft/snapshot, and the address must be that of the active server"
            ) from None
    except OSError as error:
        raise Failed(f"Vault at {settings['address']} broke off the snapshot ({error}); run this again") from None
    check(unfinished)
    unfinished.rename(target)
    return target.stat().st_size


def check(file: Path) -> None:
    """Whether every part has the sum that the server wrote down. Raises `Failed` otherwise."""
    found: dict[str, str] = {}
    wanted: dict[str, str] = {}
    try:
        with tarfile.open(file, "r:gz") as archive:
            for part in archive:
                content = archive.extractfile(part)
                if content is None:
                    continue
                if part.name == _SUMS:
                    lines = content.read().decode().splitlines()
                    wanted = {name: total for total, name in (line.split(maxsplit=1) for line in lines if line)}
                    continue
                digest = hashlib.sha256()
                while piece := content.read(_PIECE):
                    digest.update(piece)
                found[part.name] = digest.hexdigest()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise Failed(f"the snapshot is not whole ({error}); run this again") from None
    if not wanted or any(found.get(name) != total for name, total in wanted.items()):
        raise Failed("the snapshot does not agree with its own sums; run this again")


def keep(store: Store, file: Path, path: str) -> None:
    """Brings the snapshot into the bucket, and looks whether the same one comes back. Raises `Failed` and `NotNow`."""
    back = file.with_suffix(".back")
    store.send(file, path)
    store.fetch(path, back)
    same = _sum(back) == _sum(file)
    back.unlink()
    if not same:
        raise Failed(f"{store.place(path)} is not the snapshot that was sent there; delete it, and run this again")


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def run(configuration: Mapping[str, Any]) -> str:
    """Where the snapshot is. Raises `Failed` with one sentence and the way out."""
    settings, store = configuration["vault"], Store(configuration["store"])
    vault = Service("Vault", settings["address"], settings["ca_file"])
    seconds = float(configuration.get("wait_seconds", 300))
    patiently("Vault", lambda: vault.call("GET", "v1/sys/health?standbyok=true", {}), seconds)
    file = Path(configuration["file"])
    size = save(settings, file)
    # A name is never written twice.
    name = f"{time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime())}.snapshot"
    path = "/".join(filter(None, (configuration["prefix"], name)))
    patiently("bucket", lambda: keep(store, file, path), seconds)
    return f"{store.place(path)}, {size} bytes, as {store.identity}"


def main(arguments: list[str]) -> int:
    """Exit status: 0 if the snapshot is in the bucket and whole."""
    return exit_status(arguments, lambda given: f"a snapshot is in the bucket and was read back: {run(given)}", LOG)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
