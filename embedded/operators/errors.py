"""What can go wrong with an operator's process."""

from __future__ import annotations


class OperatorError(Exception):
    """An operator could not be started or did not go on. The message says why, and the fix or the log's last words."""
