"""What the engine said, in one message: its own diagnostics without the framing that hides them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.automation.errors import CommandError, ConcurrentUpdateError
from pulumi.automation.events import EngineEvent

from embedded.progress import Report

_MARKUP = re.compile(r"<\{%.*?%\}>")
_SHOWN = {"warning", "info", "info#err"}
# The stand-in says in a line of its own that it is in use.
_PLUGIN_NEWS = re.compile(r"(warning: )?(using pulumi-resource-\S+ from \$PATH|resource plugin \S+ is expected to)")
_WORDS = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "creating anew",
    "delete-replaced": "deleting the old",
    "read": "reading",
    "import": "importing",
    "refresh": "refreshing",
}


class Told:
    """Listens to the engine: shows each step, keeps the errors, prints what is worth a line."""

    def __init__(self, report: Report) -> None:
        self.errors: list[str] = []
        self._report = report
        self._printed: set[str] = set()
        self._latest = ""

    def event(self, event: EngineEvent) -> None:
        """Takes one of the engine's events."""
        if (step := event.resource_pre_event) is not None:
            operation = str(getattr(step.metadata.op, "value", step.metadata.op))
            if operation in _WORDS and "pulumi:pulumi:Stack" not in step.metadata.urn:
                kept = operation == "delete" and step.metadata.old is not None and step.metadata.old.retain_on_delete
                self._latest = f"{'leaving' if kept else _WORDS[operation]} {described(step.metadata.urn)}"
                self._report.line(f"  {self._latest}{' where it is' if kept else ''}")
        if (diagnostic := event.diagnostic_event) is not None:
            text = _MARKUP.sub("", diagnostic.message).strip()
            about = f"{described(diagnostic.urn)}: " if diagnostic.urn and "pulumi:Stack" not in diagnostic.urn else ""
            if diagnostic.ephemeral:
                self._latest = f"{about}{text}"
            elif diagnostic.severity == "error":
                self.errors.append(f"{about}{text.removeprefix('error: ')}")
            elif diagnostic.severity in _SHOWN and text not in {"", *self._printed} and not _PLUGIN_NEWS.match(text):
                self._printed.add(text)
                self._report.line(f"  {about}{text}")

    @contextmanager
    def progress(self, what: str) -> Iterator[None]:
        """Shows `what`, its elapsed time and the latest step while the engine runs."""
        over = threading.Event()
        with self._report.task(what) as task:

            def tick() -> None:
                while not over.wait(1):
                    task.update(self._latest)

            ticker = threading.Thread(target=tick, daemon=True)
            ticker.start()
            try:
                yield
            finally:
                over.set()
                ticker.join()


def described(urn: str) -> str:
    """`PerconaPGCluster orders-database` for a URN: what a person calls the object."""
    kinds, _, name = urn.split("::", 2)[2].rpartition("::")
    kind = kinds.split("$")[-1]
    return f"{'provider' if kind.startswith('pulumi:providers:') else kind.rsplit(':', 1)[-1]} {name}"


class EngineFailure(Exception):
    """The engine refused or failed; the message is what it said, and the fix where we know it."""

    @classmethod
    def of(cls, error: CommandError, told: Told) -> EngineFailure:
        """The failure from the engine's diagnostics, or from its last words where it never got that far."""
        text = str(error)
        if "incorrect passphrase" in text:
            return cls(
                "the passphrase does not open this stack's state; set PULUMI_CONFIG_PASSPHRASE (or _FILE) to the one "
                "that it was made with"
            )
        if isinstance(error, ConcurrentUpdateError):
            return cls("another update of this stack is running; wait for it, or stop it, then run the same command")
        if told.errors:
            lines = list(dict.fromkeys(told.errors))
            return cls("\n".join(line for line in lines if not _is_framing(line)) or "\n".join(lines))
        words = [line for line in text.splitlines() if line.startswith(("error:", " stderr: error:"))]
        said = (word.strip().removeprefix("stderr: ").removeprefix("error: ") for word in words)
        return cls("\n".join(said) or text)


def _is_framing(line: str) -> bool:
    """Whether the line only says that something failed, which every failure does."""
    return line in {"update failed", "preview failed", "destroy failed"} or "resource had errors" in line
