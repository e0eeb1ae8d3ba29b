"""Where charts and images come from: their makers, a mirror, or a folder."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, cast

import yaml
from pydantic import AfterValidator, model_validator

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
            found = _in_folder(Path(self.chart_folder).expanduser(), pin)
            if isinstance(found, str):
                raise SpecError("charts", [Problem("sources.chart_folder", found)])
            return ChartPlace(str(found), None, None)
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


class FromCharts(Part):
    """The arguments of a component that installs charts: a folder that lacks one is refused with all other problems,
    before anything is registered."""

    sources: Sources = Sources()

    @property
    def charts(self) -> Iterable[str]:
        """The charts that these arguments install."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _charts_are_there(self) -> FromCharts:
        if self.sources.chart_folder is not None:
            folder = Path(self.sources.chart_folder).expanduser()
            found = [_in_folder(folder, CHARTS[name]) for name in self.charts]
            problems = [Problem("sources.chart_folder", one) for one in found if isinstance(one, str)]
            if problems:
                raise SpecError("", list(dict.fromkeys(problems)))
        return self


def _in_folder(folder: Path, pin: ChartPin) -> Path | str:
    """Where the pinned chart is in a folder, or what is wrong there."""
    if not folder.is_dir():
        return f'"{folder}" is not a folder; name one that holds the charts, or leave it out'
    fix = f"put the chart {pin.name} {pin.version} there or leave the folder out"
    archive, unpacked = folder / f"{pin.name}-{pin.version}.tgz", folder / pin.name
    place = archive if archive.is_file() else unpacked
    if place is unpacked and not (unpacked / "Chart.yaml").is_file():
        return f'"{folder}" holds neither {archive.name} nor {pin.name}/Chart.yaml; {fix}'
    version = _version_in(place, pin.name)
    if version is None:
        return f'"{place}" is no chart that can be read; {fix}'
    # Some makers write a v before it and some do not.
    if version.removeprefix("v") != pin.version.removeprefix("v"):
        return f'"{place}" is version {version}, which is in no known-good combination; {fix}'
    return place


def _version_in(place: Path, name: str) -> str | None:
    """The version that a chart says of itself; None where it cannot be read."""
    try:
        if place.is_dir():
            text: bytes = (place / "Chart.yaml").read_bytes()
        else:
            with tarfile.open(place) as packed:
                file = packed.extractfile(f"{name}/Chart.yaml")
                text = file.read() if file else b""
        told: object = yaml.safe_load(text)
    except (OSError, EOFError, KeyError, tarfile.TarError, yaml.YAMLError, ValueError):
        return None
    version: object = cast("dict[str, Any]", told).get("version") if isinstance(told, dict) else None
    return version if isinstance(version, str) else None
