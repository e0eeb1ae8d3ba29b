"""What is built: unchanged programs of their own modules, with the dependencies of their releases."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from embedded.builds import GoBuild
from embedded.disk_space import DiskNeeds

_PROGRAMS: Final = Path(__file__).resolve().parent / "programs"
_STAMP: Final = "github.com/prometheus/common/version.Version"
# Measured with Go 1.26.8, rounded up; the module and build caches are shared with the other programs in practice.
_SPACE: Final = DiskNeeds(binary=200, build_cache=1800, modules=1600, temporary=1800)

KUBE_STATE_METRICS: Final = GoBuild(
    name="kube-state-metrics",
    version="2.18.0",
    module_directory=_PROGRAMS / "kube_state_metrics",
    package="k8s.io/kube-state-metrics/v2",
    ldflags=f"-s -w -X {_STAMP}=2.18.0",
    space=_SPACE,
    optimised=False,
)
PROMTOOL: Final = GoBuild(
    name="promtool",
    # The module v0.305.0 is the release 3.5.0.
    version="3.5.0",
    module_directory=_PROGRAMS / "promtool",
    package="github.com/prometheus/prometheus/cmd/promtool",
    ldflags=f"-s -w -X {_STAMP}=3.5.0",
    space=_SPACE,
    optimised=False,
    version_argument="--version",
)
