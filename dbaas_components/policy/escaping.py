"""Text of a program, made fit for a terminal and for Markdown: names come from whoever opened the pull request."""

from __future__ import annotations

import re
import unicodedata

# What Markdown or HTML takes for markup, and what GitHub and GitLab take for a mention or a reference.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~@&$]")


def plain(text: str) -> str:
    """The text in one line, with control and direction characters shown instead of obeyed."""
    return "".join(_shown(character) for character in text)


def markdown(text: str) -> str:
    """The text in one line of Markdown, as it stands."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", plain(text))


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"):
        return f"\\u{ord(character):04x}"
    return character
