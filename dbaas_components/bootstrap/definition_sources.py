"""Where the operators' CustomResourceDefinitions come from: a folder, else the official release files."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from dbaas_components.errors import Problem, SpecError
from dbaas_components.versions import VERSIONS

_RAW: Final = "https://raw.githubusercontent.com/percona"


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """One operator release's definitions: where they are published and the digest they must have."""

    engine: str
    version: str
    url: str
    sha256: str

    @property
    def path(self) -> Path:
        """The file's place in a bundle folder: `<engine>/<operator version>/crd.yaml`.

        Of a software that is published in several files, each under its own name.
        """
        name = self.url.rpartition("/")[2]
        return Path(self.engine) / self.version / (name if "_" in name else "crd.yaml")


_PATHS: Final = {
    # Engine to the file's place below the tag of its pinned operator release, and the digest of that file. The PG
    # operator's comes from its chart: the same definitions without descriptions, a third of the size.
    "pxc": (
        "percona-xtradb-cluster-operator/v{version}/deploy/crd.yaml",
        "047635e38bcc171cbd89c7238ac6fcbf814886b8296e2cf4d74c8600984250a1",
    ),
    "ps": (
        "percona-server-mysql-operator/v{version}/deploy/crd.yaml",
        "e2a7fef0f5af08d378d8ce49627f062a5c85b6d8e9d6b5b44369a0b8490b8b70",
    ),
    "psmdb": (
        "percona-server-mongodb-operator/v{version}/deploy/crd.yaml",
        "3267977d0615dd81d81a44623471b580b4a59f3ef9268e9b2b0b7781f1fc6904",
    ),
    "pg": (
        "percona-helm-charts/pg-operator-{version}/charts/pg-operator/crds/crd.yaml",
        "f60e51aa4b3225ad91928fbaf081a726cf8394aec37ab72a3f8f89d9e0108711",
    ),
}


def _official(engine: str, path: str, sha256: str) -> DefinitionFile:
    version = VERSIONS[engine].definitions
    return DefinitionFile(engine, version, f"{_RAW}/{path.format(version=version)}", sha256)


OFFICIAL_DEFINITIONS: Final = tuple(_official(engine, *place) for engine, place in _PATHS.items())


def find_definitions(folder: str | None, project: Path, software: Sequence[str] = ()) -> Path:
    """The bundle folder to install from, laid out as `<engine>/<operator version>/crd.yaml`.

    `folder` as the user gave it (relative to `project`) is taken as it is. Without one: the bundle beside the project
    (`../shared/crds`) where there is one, else the official release files, downloaded once into the user's cache.
    `software` names further software whose definitions are fetched with them.
    Raises `SpecError` where the folder does not exist or a download fails or has another digest.
    """
    if folder is not None:
        given = (project / folder).expanduser().resolve()
        if not given.is_dir():
            message = f'"{given}" is not a folder; give one laid out as <engine>/<operator version>/crd.yaml'
            raise SpecError("custom resource definitions", [Problem("folder", message)])
        return given
    if found := definitions_beside(project):
        return found
    return download_definitions(cached_definitions(), more=software_files(software))


def software_files(software: Sequence[str]) -> list[DefinitionFile]:
    """The pinned files of further software, whose names are in `software_definitions.SOFTWARE`."""
    # Here and not above, because it is made of what is here.
    from dbaas_components.bootstrap.software_definitions import SOFTWARE

    return [file for name in software if name in SOFTWARE for file in SOFTWARE[name].files]


def definitions_beside(project: Path) -> Path | None:
    """The bundle folder beside the project, `../shared/crds`, if every pinned operator version is in it."""
    folder = beside(project)
    return folder if all((folder / file.path).is_file() for file in OFFICIAL_DEFINITIONS) else None


@lru_cache(maxsize=8)
def beside(project: Path) -> Path:
    """Where a bundle folder beside the project would be."""
    return (project / ".." / "shared" / "crds").resolve()


def cached_definitions() -> Path:
    """The folder in the user's cache that downloaded definitions are kept in; it may not exist yet."""
    return user_cache_path("dbaas-components") / "definitions"


def missing_definitions(folder: Path, more: Sequence[DefinitionFile] = ()) -> list[DefinitionFile]:
    """The pinned files, and those of `more`, that `folder` does not hold with their digest."""
    return [file for file in (*OFFICIAL_DEFINITIONS, *more) if not _is_genuine(folder / file.path, file.sha256)]


def _is_genuine(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def download_definitions(folder: Path, timeout: float = 20, more: Sequence[DefinitionFile] = ()) -> Path:
    """Fetches what `folder` does not hold yet; `timeout` in seconds for each file.

    A file whose digest differs from the pin is refused and not kept. Raises `SpecError` with every file that failed.
    """
    problems: list[Problem] = []
    for file in missing_definitions(folder, more):
        try:
            with urllib.request.urlopen(file.url, timeout=timeout) as answer:  # noqa: S310 (the URLs are our own table's)
                content: bytes = answer.read()
        # Opening fails with a URLError, an OSError too; reading on a broken connection with any other of them.
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            problems.append(Problem(file.url, f"could not be fetched ({reason}); set a folder that holds {file.path}"))
            continue
        digest = hashlib.sha256(content).hexdigest()
        if digest != file.sha256:
            problems.append(Problem(file.url, f"has digest {digest}, not the pinned {file.sha256}; it was not kept"))
            continue
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(target)
    if problems:
        raise SpecError("custom resource definitions", problems)
    return folder
