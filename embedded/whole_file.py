"""Files that are there whole or not at all, whatever kills the process that writes them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Replaces the file in one step, readable by its owner alone; an unchanged file is left as it is."""
    try:
        if path.read_bytes() == content and path.stat().st_mode & 0o777 == 0o600:
            return
    except FileNotFoundError:
        pass  # the first write
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
