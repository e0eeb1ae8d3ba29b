"""What `dbaas doctor` looks at: each part as it would be chosen now, without getting, building or starting anything."""

from __future__ import annotations

from dbaas_components.cli.project import Project
from embedded.operations import read_settings
from embedded.parts.choice import Choice
from embedded.parts.cluster import find_cluster
from embedded.parts.definitions import find_definition_source
from embedded.parts.engine import find_engine
from embedded.parts.provider import find_provider
from embedded.parts.state import find_state
from embedded.workspace import local_folder

_GOT_BY = "make up"


def examine(project: Project, stack: str) -> tuple[list[Choice], bool]:
    """Every part's choice, and whether one is missing that `make up` could not get by itself."""
    settings = read_settings(project, stack)
    folder = local_folder(project, stack)
    choices = [find_engine(), find_provider(folder)]
    choices += [find_cluster(folder, region) for region in settings.regions]
    if settings.definitions.install:
        choices.append(find_definition_source(project.folder, settings.definitions))
    choices.append(find_state(folder).choice)
    return choices, any(not choice.ready and choice.remedy != _GOT_BY for choice in choices)
