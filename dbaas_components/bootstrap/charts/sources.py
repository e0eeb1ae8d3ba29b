"""Where charts and images come from: their makers, a mirror, or a folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator

from dbaas_components.databases.spec.part import Line, Part
from dbaas_components.errors import Problem, SpecError, shown
from dbaas_components.versions.charts import CHARTS, ChartPin

_MIRROR: Final = re.compile(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?(:\d{1,5})?(/[-._a-z0-9]+)*")


def _mirror(text: str) -> str:
    if not _MIRROR.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a registry; write a host with an optional path, without https://")
    return text


@dataclass(frozen=True, slots=True)
class ChartPlace:
    """A chart as Helm is told of it."""

    chart: str
    """Its name in `repository`, its `oci://` address, or a path."""
    version: str | None
    """None for a path, which holds one version only."""
    repository: str | None


class Sources(Part):
    """Where charts and images come from; an air-gapped site sets `mirror` and nothing else."""

    mirror: Annotated[Line, AfterValidator(_mirror)] | None = None
    """Registry that holds copies, such as `mirror.example.com/dbaas`: charts in `<mirror>/charts`, images under the
    name of their own registry, `<mirror>/docker.io/percona/pmm-server`. Default: everything from its maker."""
    chart_folder: Line | None = None
    """Folder with the charts, as `<name>-<version>.tgz` or unpacked as `<name>/`. It goes before the mirror."""

    def chart(self, name: str) -> ChartPlace:
        """Where the pinned chart is taken from. Raises `SpecError` if a folder was named that does not hold it."""
        pin = CHARTS[name]
        if self.chart_folder is not None:
            return ChartPlace(str(_in_folder(Path(self.chart_folder).expanduser(), pin)), None, None)
        if self.mirror is not None:
            return ChartPlace(f"oci://{self.mirror}/charts/{pin.name}", pin.version, None)
        if pin.repository.startswith("oci://"):
            return ChartPlace(f"{pin.repository}/{pin.name}", pin.version, None)
        return ChartPlace(pin.name, pin.version, pin.repository)

    def image(self, reference: str) -> str:
        """Full name of an image; `reference` is the official one with its registry (`quay.io/openbao/openbao:2`)."""
        return f"{self.mirror}/{reference}" if self.mirror else reference

    def registry(self, official: str) -> str:
        """What stands in the place of an official registry (`docker.io`), for charts that take it apart."""
        return f"{self.mirror}/{official}" if self.mirror else official


def _in_folder(folder: Path, pin: ChartPin) -> Path:
    archive, unpacked = folder / f"{pin.name}-{pin.version}.tgz", folder / pin.name
    if archive.is_file():
        return archive
    if (unpacked / "Chart.yaml").is_file():
        return unpacked
    what = "is not a folder" if not folder.is_dir() else f"holds neither {archive.name} nor {pin.name}/Chart.yaml"
    message = f"{shown(str(folder))} {what}; put the chart {pin.name} {pin.version} there or leave the folder out"
    raise SpecError("charts", [Problem("sources.chart_folder", message)])
