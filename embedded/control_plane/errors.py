"""What can go wrong with a control plane, told with its log's last words."""

from __future__ import annotations

import re
from pathlib import Path

_LINES = 8
# How the components mark what matters: klog's E and F lines, etcd's levels, Go's own panics, our program's errors.
_TELLING = re.compile(r"^[EF]\d{4} |\"level\":\"(error|fatal|panic)\"|^panic:|^fatal error:|: error: |^Error: ")


class ControlPlaneError(Exception):
    """A control plane could not be started or stopped. The message says why, and the fix."""


def last_words(log: Path) -> str:
    """The last lines of a log that tell what went wrong, indented; any last lines where none does."""
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except FileNotFoundError:
        lines = []
    telling = [line for line in lines if _TELLING.search(line)]
    return "\n".join(f"  {line[:400]}" for line in (telling or lines)[-_LINES:]) or "  (its log is empty)"
