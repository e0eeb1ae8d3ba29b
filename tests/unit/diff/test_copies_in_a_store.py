"""What it does when a Secret is no longer copied to a store, or no longer filled from one."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import compare
from dbaas_components.diff.document import Document, Saved

COPIED = "the copy in the store"
FILLED = "the Secret that it filled"


@pytest.mark.parametrize(
    ("kind", "spec", "effect", "words"),
    [
        ("PushSecret", {"deletionPolicy": "None"}, Effect.ONLINE, f"no effect on data: {COPIED} stays"),
        ("PushSecret", {}, Effect.ONLINE, f"no effect on data: {COPIED} stays"),
        ("PushSecret", {"deletionPolicy": "Delete"}, Effect.LESS_PROTECTION, f"{COPIED} goes"),
        # What only an update knows may be the worse one.
        ("PushSecret", {"deletionPolicy": {"$unknown": True}}, Effect.LESS_PROTECTION, f"{COPIED} goes"),
        (
            "ExternalSecret",
            {"target": {"creationPolicy": "Orphan"}},
            Effect.ONLINE,
            f"no effect on data: {FILLED} stays",
        ),
        ("ExternalSecret", {"target": {"name": "users"}}, Effect.LESS_PROTECTION, f"{FILLED} goes"),
        ("ExternalSecret", {}, Effect.LESS_PROTECTION, f"{FILLED} goes"),
    ],
)
def test_what_stays_when_its_keeper_goes_is_no_loss(
    kind: str, spec: dict[str, Any], effect: Effect, words: str
) -> None:
    token = f"kubernetes:external-secrets.io/v1:{kind}"
    metadata = {"name": "users", "namespace": "shop"}
    whole = {"apiVersion": "external-secrets.io/v1", "kind": kind, "metadata": metadata, "spec": spec}
    saved = Saved(f"urn:pulumi:dev::p::{token}::users", token, "users", inputs=whole)
    (change,) = compare(Document("p", "dev", (saved,)), Document("p", "dev", ()))
    assert change.effect == effect
    assert change.does.startswith(words)
