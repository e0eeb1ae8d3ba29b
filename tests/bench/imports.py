"""CPU time of `import dbaas_components` over `import pulumi_kubernetes`, and which cloud SDKs it brings along."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
# What a stack writes; the second pulls in everything that the component needs.
OURS = "from dbaas_components import ManagedDatabase"
THEIRS = "import pulumi_kubernetes"
CLOUD_SDKS = ("boto3", "botocore", "google.cloud", "azure", "pulumi_aws", "pulumi_gcp", "pulumi_azure_native")


def measure(repetitions: int = 9) -> dict[str, Any]:
    """Median CPU seconds of both imports in fresh interpreters, and the median ratio of the pairs."""
    rounds = [(_import(OURS), _import(THEIRS)) for _ in range(repetitions)]
    listing = f"{OURS}; import sys; print([name for name in {CLOUD_SDKS!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", listing], cwd=PROJECT, capture_output=True, text=True, check=True)
    return {
        "dbaas_components": round(statistics.median(ours for ours, _ in rounds), 3),
        "pulumi_kubernetes": round(statistics.median(theirs for _, theirs in rounds), 3),
        "cpu_ratio": round(statistics.median(ours / theirs for ours, theirs in rounds), 3),
        "cloud_sdks_loaded": loaded.stdout.strip(),
    }


def _import(statement: str) -> float:
    process = subprocess.Popen([sys.executable, "-c", statement], cwd=PROJECT)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{statement} failed")
    return usage.ru_utime + usage.ru_stime
