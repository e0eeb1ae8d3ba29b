"""Shows that a bucket can be written to, read and deleted from, as the identity that an engine has there.

Usage: python -m dbaas_components.bootstrap.in_cluster.bucket_probe CONFIGURATION.json

One object of a fixed name below the tenant's prefix: a run that was stopped leaves at most that one, and the next run
writes over it and deletes it.
"""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.object_store import Store
from dbaas_components.bootstrap.in_cluster.service import NotNow, exit_status, patiently

LOG = logging.getLogger("bucket-probe")


def probe(store: Store, path: str) -> None:
    """Writes, reads back and deletes. Raises `Failed` and `NotNow` with one sentence."""
    content = f"{secrets.token_hex(16)}\n".encode()
    store.write(path, content)
    if store.read(path) != content:
        raise NotNow(f"{store.identity} does not get back what it wrote to {store.place(path)}")
    store.delete(path)


def run(configuration: Mapping[str, Any]) -> str:
    """Where it was shown, and as whom. Raises `Failed` with one sentence and the way out."""
    store, path = Store(configuration["store"]), configuration["object"]
    # A right that was given a moment ago is not known everywhere yet, and a Secret may come from elsewhere.
    patiently("bucket", lambda: probe(store, path), float(configuration.get("wait_seconds", 180)))
    return f"{store.place(path)} as {store.identity}"


def main(arguments: list[str]) -> int:
    """Exit status: 0 if all three work."""
    return exit_status(arguments, lambda configuration: f"wrote, read back and deleted {run(configuration)}", LOG)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
