"""A Job of the platform is replaced with each change of its program, and nobody has to agree to that."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change, compare
from dbaas_components.diff.document import Document, Saved
from dbaas_components.diff.gate import Gate, Policy, judged
from dbaas_components.diff.report.model import Report, Side
from dbaas_components.labels import platform_labels

JOB = "kubernetes:batch/v1:Job"
SIDE = Side("a", "folder")
URN = f"urn:pulumi:dev::shop::{JOB}::probe"


def job(labels: dict[str, str], *, name: str = "probe-1", namespace: str = "shop", image: str = "python:1") -> Saved:
    spec = {"template": {"spec": {"containers": [{"name": "probe", "image": image}]}}}
    inputs: dict[str, Any] = {"metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": spec}
    return Saved(URN, JOB, "probe", inputs=inputs)


def changes(before: Saved, after: Saved) -> list[Change]:
    base, head = (Document("shop", "dev", (one,)) for one in (before, after))
    return compare(base, head)


@pytest.mark.parametrize(
    ("labels", "unasked"),
    [(platform_labels(), True), ({}, False), ({"app.kubernetes.io/managed-by": "somebody"}, False)],
)
def test_another_name_and_program(labels: dict[str, str], unasked: bool) -> None:
    found = changes(job(labels), job(labels, name="probe-2", image="python:2"))
    assert {(one.path, one.effect, one.unasked) for one in found} == {
        ("metadata.name", Effect.REPLACE, unasked),
        ("spec.template.spec.containers[probe].image", Effect.REPLACE, unasked),
    }
    report = judged(Report("dev", SIDE, SIDE, tuple(found)), Gate(Policy()), date(2026, 11, 21))
    assert report.passed is unasked
    assert (report.exit_code == 0) is unasked


def test_a_job_that_was_somebodys_is_asked_for() -> None:
    assert not any(one.unasked for one in changes(job({}), job(platform_labels(), name="probe-2")))
