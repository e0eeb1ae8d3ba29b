"""A fresh pair of regions for each test: two PostgreSQL servers on loopback, and a lease in a real S3 server."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dbaas_components.dr.lease.s3_object import S3LeaseStore
from dbaas_components.dr.records import Role
from embedded.postgresql.errors import PostgresError
from embedded.postgresql.finding import find
from embedded.postgresql.programs import Programs
from embedded.postgresql.server import Passwords, PostgresServer
from embedded.progress import ConsoleReport
from tests.dr.servers import s3_server
from tests.dr_postgresql.pair import TIMING, Pair, build


@pytest.fixture(params=range(int(os.environ.get("DBAAS_PROOF_REPETITIONS", "1"))))
def repetition(request: pytest.FixtureRequest) -> int:
    """Which of how many measurements this is."""
    return request.param


@pytest.fixture(scope="session")
def programs() -> Programs:
    try:
        return find(ConsoleReport(Console(stderr=True)))
    except PostgresError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    # A line for each look at the lease would bury what a failed test says.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with s3_server() as endpoint:
        yield Bucket(endpoint)


class Bucket:
    """A bucket with one lease. Its client is made once: reading what S3 can do takes longer than a switchover."""

    def __init__(self, endpoint: str) -> None:
        import boto3

        options = {
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        self._client: Any = boto3.client("s3", **options)
        self._client.create_bucket(Bucket="proof")
        self._store = S3LeaseStore(bucket="proof", key="orders", timing=TIMING, client_options=options)

    def without_lease(self) -> S3LeaseStore:
        self._client.delete_object(Bucket="proof", Key="orders")
        return self._store


@pytest.fixture(scope="session")
def root(programs: Programs) -> Iterator[Path]:
    """Where the servers lie. Not below pytest's own folder: it is closed to the account that they run under, and too
    long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="dbaas-pg-"))
    programs.own(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def passwords(programs: Programs, root: Path) -> Passwords:
    return Passwords.made(programs, root)


@pytest.fixture(scope="session")
def data(programs: Programs, root: Path, passwords: Passwords) -> tuple[Path, Path]:
    """A primary's files and its standby's, which each test takes a copy of."""
    east, west = (PostgresServer(name, programs, root / name, passwords) for name in ("first", "second"))
    try:
        return build(east, west)
    finally:
        west.kill()
        east.kill()


@pytest.fixture
def pair(
    programs: Programs, root: Path, passwords: Passwords, data: tuple[Path, Path], bucket: Bucket
) -> Iterator[Pair]:
    """East is primary, west streams from it, both agents run."""
    folder = Path(tempfile.mkdtemp(dir=root))
    programs.own(folder)
    east, west = (PostgresServer(name, programs, folder / name, passwords) for name in ("east", "west"))
    made = Pair((east, west), bucket.without_lease())
    try:
        made.start(data)
        for region in made.regions:
            made.start_agent(region)
        made.wait_for_role(made.east, Role.PRIMARY)
        made.wait_for_role(made.west, Role.STREAMING)
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


@pytest.fixture
def measured(record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Prints a measurement, also where the test passes, and keeps it with the test's result."""

    def tell(name: str, text: str) -> None:
        record_property(name, text)
        with capsys.disabled():
            print(f"\n  {name}: {text}")

    return tell
