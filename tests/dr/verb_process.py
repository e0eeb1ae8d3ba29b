"""A verb in a process of its own that ends itself with SIGKILL at one moment: `verb_process.py DOCUMENT FOLDER VERB
TARGET MOMENT`. Moments count everything that a watcher is told, from 0; a moment beyond the last lets it end.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from dbaas_components.dr.failover.access import open_connections
from dbaas_components.dr.failover.document import read_document
from dbaas_components.dr.failover.verbs import Order, Setting, change_primary


class Killer:
    """Ends its own process at the given moment."""

    def __init__(self, moment: int) -> None:
        self._left = moment

    def _tell(self, words: str) -> None:
        print(words, flush=True)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def began(self, name: str) -> None:
        self._tell(f"began {name}")

    def waits(self, name: str, reason: str) -> None:
        self._tell(f"waits {name}: {reason}")

    def ended(self, name: str, outcome: str, seconds: float) -> None:
        del seconds
        self._tell(f"ended {name}: {outcome}")


def main() -> int:
    document, folder, verb, target, moment = sys.argv[1:]
    connections = open_connections(read_document(Path(document)))
    setting = Setting(connections, Path(folder), Killer(int(moment)), timeout=60, pause=0.1)
    evidence = change_primary(Order(verb, target, "a tester"), setting)
    print(evidence.outcome, evidence.reason, flush=True)
    return 0 if evidence.outcome == "done" else 1


if __name__ == "__main__":
    sys.exit(main())
