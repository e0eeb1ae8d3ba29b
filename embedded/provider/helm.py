"""Helm: what the stand-in does not install, and what it writes into the state where the stack says so explicitly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECORD_VARIABLE = "DBAAS_RECORD_HELM_RELEASES"
RECORDED = "recorded, not installed"
RELEASE = "kubernetes:helm.sh/v3:Release"
CHART = "kubernetes:helm.sh/v4:Chart"

OFFICIAL = (
    "install the official Kubernetes provider (pulumi plugin install resource kubernetes) and take the stand-in off "
    "PATH"
)


def records(environment: Mapping[str, str]) -> bool:
    """Whether the stack asked for releases to be recorded instead of refused."""
    return environment.get(RECORD_VARIABLE) == "true"


def refusal(type_token: str) -> str:
    """Why a release or chart is refused, and what to do."""
    return (
        f"the stand-in Kubernetes provider does not install Helm charts ({type_token}); {OFFICIAL}, or set "
        f"{RECORD_VARIABLE}=true to have releases written into the state only"
    )


def overlay_refusal(type_token: str) -> str:
    """Why any other resource that is no Kubernetes object is refused, and what to do."""
    return f"the stand-in Kubernetes provider has plain objects only, not {type_token}; {OFFICIAL}"


def chart_name(inputs: Mapping[str, Any]) -> str:
    """The chart as a message shows it: its name, and its version where that is known."""
    version = inputs.get("version")
    return f"{inputs.get('chart', 'chart')}{f' {version}' if version else ''}"


def recorded_release(inputs: dict[str, Any], namespace: str) -> dict[str, Any]:
    """The outputs of a release that is in the state only; its status says so."""
    return {
        **inputs,
        "namespace": inputs.get("namespace") or namespace,
        "status": {
            "name": inputs.get("name"),
            "namespace": inputs.get("namespace") or namespace,
            "chart": inputs.get("chart"),
            "version": inputs.get("version"),
            "status": RECORDED,
        },
    }
