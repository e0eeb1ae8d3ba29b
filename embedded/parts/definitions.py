"""The operators' CustomResourceDefinitions: a given folder, the official release files, else stand-ins of our own."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

from dbaas_components.bootstrap.definition_sources import (
    cached_definitions,
    definitions_beside,
    download_definitions,
    missing_definitions,
    software_files,
)
from dbaas_components.bootstrap.software_definitions import write_software_stand_ins
from dbaas_components.databases.custom_resources.definitions import write_definitions
from dbaas_components.errors import SpecError
from embedded.parts.attempts import failed_lately, remember_failure
from embedded.parts.choice import Choice, PartError
from embedded.progress import Report
from stacks.settings import DefinitionSettings

_DOWNLOAD = "operators' definitions"
_PART = "definitions"


def find_definition_source(project: Path, wanted: DefinitionSettings) -> Choice:
    """The definitions that would be installed now, without fetching anything. `wanted` is the stack's own setting."""
    folder, more = wanted.folder, software_files(wanted.software)
    what, version = "operators' definitions", "pinned releases"
    if folder is not None:
        return _named(project / folder, "folder named in the stack")
    if given := os.environ.get("DBAAS_CRDS"):
        return _named(Path(given), "folder named in DBAAS_CRDS")
    if beside := definitions_beside(project):
        return Choice(_PART, what, version, "folder beside the project", True, beside)
    cached = cached_definitions()
    if not missing_definitions(cached, more):
        return Choice(_PART, what, version, "official release files, fetched before", True, cached)
    if failed_lately(_DOWNLOAD):
        notes = ("made from the library's own models: they know only what it writes, and no operator can use them",)
        return Choice(_PART, "stand-in definitions", version, "made here", True, _stand_ins(), notes=notes)
    return Choice(_PART, what, version, "to be fetched from the official releases", False, remedy="make up")


def _named(folder: Path, origin: str) -> Choice:
    ready = folder.is_dir()
    remedy = None if ready else f"{folder} is not a folder; name one laid out as <engine>/<operator version>/crd.yaml"
    return Choice(_PART, "operators' definitions", "as given", origin, ready, folder.resolve(), remedy)


def provide_definitions(project: Path, wanted: DefinitionSettings, embedded_only: bool, report: Report) -> Choice:
    """The definitions, fetched if need be; stand-ins where that fails and every cluster is an embedded one.

    Raises `PartError` rather than put stand-ins into a Kubernetes cluster that is not ours: an operator there would
    lose most of its fields.
    """
    choice = find_definition_source(project, wanted)
    if not choice.ready and choice.location is not None:
        raise PartError(f"definitions: {choice.remedy}")
    if not choice.ready:
        try:
            with report.task("fetching the operators' definitions"):
                download_definitions(cached_definitions(), more=software_files(wanted.software))
        except SpecError:
            remember_failure(_DOWNLOAD)
            report.line("the operators' definitions could not be fetched")
        choice = find_definition_source(project, wanted)
    if choice.location == _stand_ins():
        if not embedded_only:
            raise PartError(
                "the operators' definitions could not be fetched, and stand-ins do not belong in a cluster that is not "
                "embedded; set dbaas:custom_resource_definitions.folder to a folder that holds them"
            )
        report.line("stand-in definitions in use, for this machine only: made from the library's own models")
        write_definitions(_stand_ins())
        write_software_stand_ins(_stand_ins())
    return choice


def _stand_ins() -> Path:
    return user_cache_path("dbaas-components") / "stand-in-definitions"
