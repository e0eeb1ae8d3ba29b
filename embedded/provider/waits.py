"""Waiting for something in the cluster, with a message that says for what and since when."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import tenacity

from embedded.provider.host import Host

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
_QUIET = 2.0
"""Seconds before a wait is worth a message: most things are there at once."""


class WaitError(Exception):
    """What was waited for did not come; the message says what is missing and since when."""


@dataclass(slots=True)
class Waiting:
    """How long one operation on one resource may wait, and whom it tells.

    `cancelled` is set when the user stops the run. `timeout` is in seconds, from the start of the operation.
    """

    host: Host
    urn: str
    timeout: float
    cancelled: Event
    started: float = field(default_factory=time.monotonic)

    def until(self, what: str, missing: Callable[[], str | None], *, at_most: float | None = None) -> None:
        """Asks `missing` again and again until it says None; what it says otherwise is what is still missing.

        Raises `WaitError` when the time is up (`at_most` seconds for this wait, if that is less) or the run was
        stopped.
        """
        left = max(0.0, self.timeout - (time.monotonic() - self.started))
        limit = left if at_most is None else min(left, at_most)
        begun = time.monotonic()

        def tell(state: tenacity.RetryCallState) -> None:
            waited = time.monotonic() - begun
            if waited >= _QUIET and state.outcome is not None:
                self.host.status(f"waiting {waited:.0f} s for {what}: {state.outcome.result()}", self.urn)

        def give_up(state: tenacity.RetryCallState) -> Any:
            waited = time.monotonic() - begun
            last = state.outcome.result() if state.outcome is not None else "nothing was asked"
            why = "the run was stopped" if self.cancelled.is_set() else "the time is up"
            raise WaitError(
                f"waited {waited:.0f} s for {what}, still missing: {last} ({why}; custom_timeouts sets how long)"
            )

        tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda result: result is not None),
            stop=tenacity.stop_any(
                tenacity.stop_after_delay(limit),
                tenacity.stop_when_event_set(self.cancelled),  # pyright: ignore[reportArgumentType]
            ),
            wait=tenacity.wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
            sleep=tenacity.sleep_using_event(self.cancelled),  # pyright: ignore[reportArgumentType]
            before_sleep=tell,
            retry_error_callback=give_up,
        )(missing)


def definition_missing(definition: dict[str, Any], served: Callable[[str, str], bool]) -> str | None:
    """What a CustomResourceDefinition still lacks before its objects can be created; None when nothing.

    `served(api_version, kind)` tells whether discovery has the kind: conditions turn true a moment before.
    """
    conditions = {item["type"]: item for item in (definition.get("status") or {}).get("conditions") or []}
    for wanted in ("NamesAccepted", "Established"):
        condition = conditions.get(wanted, {})
        if condition.get("status") != "True":
            told = f" ({condition['message']})" if condition.get("message") else ""
            return f"condition {wanted}{told}"
    kind = definition["spec"]["names"]["kind"]
    for api_version in definition_versions(definition):
        if not served(api_version, kind):
            return f"{kind} in {api_version} in discovery"
    return None


def definition_versions(definition: dict[str, Any]) -> list[str]:
    """The `apiVersion`s a CustomResourceDefinition serves."""
    spec = definition.get("spec", {})
    versions = [item["name"] for item in spec.get("versions", []) if item.get("served")]
    return [f"{spec.get('group')}/{version}" for version in versions]


def still_there(live: dict[str, Any]) -> str:
    """Why an object that is being deleted is still there, as far as it says itself."""
    metadata = live.get("metadata", {})
    reasons = [
        f"{item['type']}: {item.get('message', '')}"
        for item in (live.get("status") or {}).get("conditions") or []
        if live.get("kind") == "Namespace" and item.get("status") == "True" and item.get("message")
    ]
    spec = live.get("spec")
    in_spec = spec.get("finalizers") if isinstance(spec, dict) else None
    finalizers = [*(metadata.get("finalizers") or []), *(in_spec or [])]
    if finalizers:
        reasons.append(f"finalizers {', '.join(map(str, finalizers))}")
    since = f", deletion asked for at {metadata['deletionTimestamp']}" if metadata.get("deletionTimestamp") else ""
    return f"it is still there{since}" + (f" ({'; '.join(reasons)})" if reasons else "")
