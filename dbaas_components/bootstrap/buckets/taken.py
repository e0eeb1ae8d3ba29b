"""A bucket whose name is taken already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pulumi

from dbaas_components.bootstrap.failure_hooks import failure_hook

# S3's codes, and what Google Cloud Storage answers with status 409.
_OWN: Final = re.compile(r"BucketAlreadyOwnedByYou|already own it", re.IGNORECASE)
_TAKEN: Final = re.compile(r"BucketAlreadyExists|requested bucket name is not available", re.IGNORECASE)


def taken_problem(errors: Sequence[str], kind: str, name: str, bucket: str) -> str | None:
    """One sentence about a name that is taken; None where `errors` say something else.

    `kind` and `name` are the resource's, for the command that takes a bucket of one's own over.
    """
    if any(_OWN.search(error) for error in errors):
        return (
            f"bucket {bucket} is there already and is yours; look whose data are in it, and take it over with "
            f"`pulumi import {kind} {name} {bucket}`, or choose another name; the next `up` goes on from here"
        )
    if any(_TAKEN.search(error) for error in errors):
        return (
            f"the name {bucket} belongs to somebody else's bucket, and names are shared by all customers of the cloud; "
            "choose another; the next `up` goes on from here"
        )
    return None


def taken_hook(kind: str, name: str, bucket: str) -> pulumi.ErrorHook | None:
    """The hook for the bucket of this Pulumi name; None where the engine or the SDK has no such hooks."""
    return failure_hook(f"{name}: name is taken", lambda errors: taken_problem(errors, kind, name, bucket), again=False)


def bound(hook: pulumi.ErrorHook | None) -> dict[str, pulumi.ResourceHookBinding]:
    """The options that bind a hook to a resource; none without one."""
    return {"hooks": pulumi.ResourceHookBinding(on_error=[hook])} if hook else {}
