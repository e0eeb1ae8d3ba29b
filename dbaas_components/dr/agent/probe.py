"""A lag that is measured beside the agent's loop: a server that hangs must not hold up a renewal."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

from dbaas_components.dr.failover.site import Lag

LOG = logging.getLogger("dr-agent")


class Probe(ABC):
    """The lag that was measured last."""

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._last: Lag | None = None
        self._count = 0

    def start(self) -> None:
        """Measures in a thread of its own from now on, until the process ends."""
        threading.Thread(target=self._run, daemon=True, name="lag").start()

    def last(self) -> Lag | None:
        """What was measured last; whoever asks counts its age by its `version`."""
        return self._last

    @abstractmethod
    def measure(self) -> str:
        """One measurement; what is wrong, or nothing. What was measured before stays where this one says nothing."""

    def found(self, seconds: float, words: str, way: str) -> str:
        """Keeps a measurement; `way` is how it was made. Each is another one, however alike."""
        self._count += 1
        self._last = Lag(None, seconds, words, f"{way} {self._count}")
        return ""

    def _run(self) -> None:
        said, pause = "", threading.Event()
        while True:
            words = self.measure()
            if words and words != said:
                LOG.warning("lag: %s", words)
            said = words
            pause.wait(self._every_seconds)
