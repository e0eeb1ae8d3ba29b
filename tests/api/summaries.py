"""Reads back what a session's generated specifications exercised. Light: every session of tests imports it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_LEFT_SHOWN: Final = 12


def saved_summaries(folder: Path, session: str) -> list[str]:
    """The lines of one session's runs, with what was left."""
    lines: list[str] = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text())
        if content["session"] == session:
            lines.append(content["summary"])
            for word in ("not_given", "not_written"):
                if left := content[word]:
                    more = f" and {len(left) - _LEFT_SHOWN} more" if len(left) > _LEFT_SHOWN else ""
                    lines.append(f"  {word.replace('_', ' ')}: {', '.join(left[:_LEFT_SHOWN])}{more}")
    return lines
