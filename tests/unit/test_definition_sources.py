"""Where the operators' definitions come from, and that nothing but the pinned files is ever used."""

from __future__ import annotations

import hashlib
import http.client
from pathlib import Path

import pytest

from dbaas_components.bootstrap import definition_sources as sources
from dbaas_components.bootstrap.definition_sources import (
    OFFICIAL_DEFINITIONS,
    DefinitionFile,
    download_definitions,
    find_definitions,
    missing_definitions,
)
from dbaas_components.errors import SpecError
from dbaas_components.versions import VERSIONS


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One release file, published in a folder instead of on the official site."""
    release = tmp_path / "release.yaml"
    release.write_text("kind: CustomResourceDefinition\n")
    digest = hashlib.sha256(release.read_bytes()).hexdigest()
    files = (DefinitionFile("pg", "3.0.0", release.as_uri(), digest),)
    monkeypatch.setattr(sources, "OFFICIAL_DEFINITIONS", files)
    return release


def test_every_engine_has_its_operators_pinned_release() -> None:
    assert {file.engine: file.version for file in OFFICIAL_DEFINITIONS} == {
        engine: versions.definitions for engine, versions in VERSIONS.items()
    }
    assert all(file.version in file.url for file in OFFICIAL_DEFINITIONS)


def test_the_pinned_digests_are_those_of_the_official_files(crds_folder: Path | None) -> None:
    if crds_folder is None:
        pytest.skip("the official definitions are not at hand: neither DBAAS_CRDS nor ../shared/crds")
    assert missing_definitions(crds_folder) == []


def test_a_release_file_is_fetched_once(published: Path, tmp_path: Path) -> None:
    folder = download_definitions(tmp_path / "cache")
    assert (folder / "pg/3.0.0/crd.yaml").read_bytes() == published.read_bytes()
    published.unlink()
    assert download_definitions(folder) == folder


def test_a_file_with_another_digest_is_refused_and_not_kept(published: Path, tmp_path: Path) -> None:
    published.write_text("kind: Secret\n")
    with pytest.raises(SpecError, match=r"not the pinned [0-9a-f]{64}; it was not kept"):
        download_definitions(tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_file_that_was_changed_in_the_cache_is_fetched_anew(published: Path, tmp_path: Path) -> None:
    folder = download_definitions(tmp_path / "cache")
    (folder / "pg/3.0.0/crd.yaml").write_text("kind: Secret\n")
    download_definitions(folder)
    assert (folder / "pg/3.0.0/crd.yaml").read_bytes() == published.read_bytes()


def test_what_cannot_be_fetched_says_which_file_a_folder_would_have_to_hold(published: Path, tmp_path: Path) -> None:
    published.unlink()
    with pytest.raises(SpecError, match=r"could not be fetched .*; set a folder that holds pg/3\.0\.0/crd\.yaml"):
        download_definitions(tmp_path / "cache")


class BrokenAnswer:
    """An answer whose connection breaks while its body is read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __enter__(self) -> BrokenAnswer:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (http.client.IncompleteRead(b"kind", 100), "IncompleteRead"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_connection_that_breaks_while_a_file_is_read_is_told_like_any_other_failure(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    monkeypatch.setattr(sources.urllib.request, "urlopen", lambda *_, **__: BrokenAnswer(error))
    with pytest.raises(SpecError, match=rf"could not be fetched \(.*{reason}.*\); set a folder that holds pg"):
        download_definitions(tmp_path / "cache")


def test_a_folder_that_is_named_and_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"nowhere\" is not a folder; give one laid out as"):
        find_definitions("nowhere", tmp_path)


def test_the_bundle_beside_the_project_is_found_before_anything_is_fetched(tmp_path: Path, published: Path) -> None:
    bundle = tmp_path / "shared" / "crds" / "pg" / "3.0.0"
    bundle.mkdir(parents=True)
    (bundle / "crd.yaml").write_text("kind: CustomResourceDefinition\n")
    assert find_definitions(None, tmp_path / "project") == tmp_path / "shared" / "crds"
