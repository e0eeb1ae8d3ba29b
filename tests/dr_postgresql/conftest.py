"""A fresh pair of regions for each test: two PostgreSQL servers on loopback, and a lease in a real S3 server."""

from __future__ import annotations

import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

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
from tests.dr_postgresql.pair import TIMING, Pair


@pytest.fixture(scope="session")
def programs() -> Programs:
    try:
        return find(ConsoleReport(Console(stderr=True)))
    except PostgresError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def lease_bucket() -> Iterator[dict[str, str]]:
    # A line for each look at the lease would bury what a failed test says.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with s3_server() as endpoint:
        options = {
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        import boto3

        boto3.client("s3", **options).create_bucket(Bucket="proof-leases")
        yield options


@pytest.fixture
def pair(programs: Programs, lease_bucket: dict[str, str]) -> Iterator[Pair]:
    """East is primary, west streams from it, both agents run."""
    # Not below pytest's own folder: it is closed to the account that the servers run under, and too long for a socket.
    root = Path(tempfile.mkdtemp(prefix="dbaas-pg-"))
    programs.own(root)
    passwords = Passwords.made(programs, root)
    servers = [PostgresServer(name, programs, root / name, passwords) for name in ("east", "west")]
    key = uuid.uuid4().hex
    made = Pair(
        (servers[0], servers[1]),
        lambda: S3LeaseStore(bucket="proof-leases", key=key, timing=TIMING, client_options=lease_bucket),
    )
    try:
        made.build()
        for region in made.regions:
            made.start_agent(region)
        made.wait_for_role(made.east, Role.PRIMARY)
        made.wait_for_role(made.west, Role.STREAMING)
        yield made
    finally:
        made.stop()
        shutil.rmtree(root)


@pytest.fixture
def measured(record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Prints a measurement, also where the test passes, and keeps it with the test's result."""

    def tell(name: str, text: str) -> None:
        record_property(name, text)
        with capsys.disabled():
            print(f"\n  {name}: {text}")

    return tell
