"""CPU time of `import dbaas_components` over `import pulumi_kubernetes`, and which cloud SDKs it brings along."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
OURS = "from dbaas_components import ManagedDatabase"
# The specification and the typed models are loaded with the first database.
FIRST = (
    "from dbaas_components.databases.engines import ENGINES;"
    "from dbaas_components.databases.spec import parse_database;"
    "spec = parse_database('a', {'engine': 'pg', 'namespace': 'b'}); ENGINES[spec.engine].render(spec)"
)
THEIRS = "import pulumi_kubernetes"
CLOUD_SDKS = ("boto3", "botocore", "google.cloud", "azure", "pulumi_aws", "pulumi_gcp", "pulumi_azure_native")


def measure(repetitions: int = 9) -> dict[str, Any]:
    """Median CPU seconds of both imports in fresh interpreters, and the median ratio of the pairs."""
    rounds = [(_import(OURS), _import(THEIRS)) for _ in range(repetitions)]
    first = [(_import(FIRST), _import(THEIRS)) for _ in range(repetitions)]
    listing = f"{OURS}; import sys; print([name for name in {CLOUD_SDKS!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", listing], cwd=PROJECT, capture_output=True, text=True, check=True)
    return {
        "dbaas_components": round(statistics.median(ours for ours, _ in rounds), 3),
        "pulumi_kubernetes": round(statistics.median(theirs for _, theirs in rounds), 3),
        "cpu_ratio": round(statistics.median(ours / theirs for ours, theirs in rounds), 3),
        "with_first_database": round(statistics.median(ours for ours, _ in first), 3),
        "cpu_ratio_with_first_database": round(statistics.median(ours / theirs for ours, theirs in first), 3),
        "cloud_sdks_loaded": loaded.stdout.strip(),
    }


def _import(statement: str) -> float:
    process = subprocess.Popen([sys.executable, "-c", statement], cwd=PROJECT)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{statement} failed")
    return usage.ru_utime + usage.ru_stime
