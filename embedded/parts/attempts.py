"""Remembers for a day that an official download failed, so that every command does not wait for it again."""

from __future__ import annotations

import json
import time
from pathlib import Path

from platformdirs import user_cache_path

from embedded.whole_file import write_whole

_FORGOTTEN_AFTER_SECONDS = 24 * 3600


def _path() -> Path:
    return user_cache_path("dbaas-components") / "failed-downloads.json"


def _read() -> dict[str, float]:
    try:
        content = json.loads(_path().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def failed_lately(download: str) -> bool:
    """Whether `download` failed within the last 24 hours."""
    return time.time() - _read().get(download, 0) < _FORGOTTEN_AFTER_SECONDS


def remember_failure(download: str) -> None:
    """Notes that `download` failed now."""
    attempts = {**_read(), download: time.time()}
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(attempts).encode())


def forget_failures() -> None:
    """Lets every download be tried again."""
    _path().unlink(missing_ok=True)
