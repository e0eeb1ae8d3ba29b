"""Where the engine keeps the state, and the passphrase that its secrets are encrypted with."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from embedded.parts.choice import Choice, PartError
from embedded.state_file import latest_deployment, read_state
from embedded.whole_file import write_whole

_PART = "state"
_PASSPHRASE_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True, slots=True)
class State:
    """A backend and how its secrets are opened, as environment variables of the engine."""

    choice: Choice
    environment: dict[str, str]
    local: bool
    """Whether the state is the local folder, which `make clean` may forget."""

    def file(self, project: str, stack: str) -> Path | None:
        """The stack's file in a local state; None for any other backend."""
        if not self.local or self.choice.location is None:
            return None
        return self.choice.location / ".pulumi" / "stacks" / project / f"{stack}.json"


def find_state(local_folder: Path) -> State:
    """The backend named in PULUMI_BACKEND_URL, else a local folder. Makes neither folder nor passphrase."""
    given_passphrase = next((name for name in _PASSPHRASE_VARIABLES if os.environ.get(name) is not None), None)
    passphrase_file = local_folder / "passphrase"
    environment: dict[str, str] = {}
    note = f"passphrase from {given_passphrase}" if given_passphrase else f"random passphrase in {passphrase_file}"
    if given_passphrase is None:
        environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file)
    if url := os.environ.get("PULUMI_BACKEND_URL"):
        choice = Choice(_PART, "Pulumi backend", "-", "PULUMI_BACKEND_URL", True, notes=(url, note))
        return State(choice, environment, local=False)
    folder = local_folder / "state"
    environment["PULUMI_BACKEND_URL"] = folder.as_uri()
    choice = Choice(_PART, "local files", "-", "embedded", True, folder, notes=(note,))
    return State(choice, environment, local=True)


def provide_state(local_folder: Path) -> State:
    """The backend with its folder and passphrase made. The passphrase file is readable by its owner only.

    Raises `PartError` where a passphrase that is in use already is missing.
    """
    state = find_state(local_folder)
    given = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if given is not None and os.environ.get("PULUMI_CONFIG_PASSPHRASE") is None and not Path(given).is_file():
        raise PartError(f"PULUMI_CONFIG_PASSPHRASE_FILE names {given}, which is no file; correct or unset it")
    local_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if state.local and state.choice.location is not None:
        state.choice.location.mkdir(mode=0o700, exist_ok=True)
    named = state.environment.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if named is not None and not (Path(named).is_file() and Path(named).read_text()):
        if any((local_folder / "state").glob(".pulumi/stacks/**/*.json")):
            raise PartError(f"{named} is missing or empty, and the state needs it; put it back, or run `make clean`")
        write_whole(Path(named), secrets.token_urlsafe(32).encode())
    return state


def is_empty(state: State, project: str, stack: str) -> bool:
    """Whether a local state is known to hold no object; a remote one has to be asked, so False."""
    path = state.file(project, stack)
    if path is None:
        return False
    if not path.is_file():
        return not path.with_name(f"{path.name}.bak").exists()
    content = read_state(path)
    if content is None:
        return False  # Cut off by a kill; the next command mends it.
    deployment = latest_deployment(content)
    return not deployment.get("resources") and not deployment.get("pending_operations")
