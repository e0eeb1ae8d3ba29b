"""A real server that speaks S3, and rclone as pods have it, for this session."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from embedded import builds
from embedded.progress import ConsoleReport
from embedded.rclone import RCLONE
from tests.buckets.accounts import REGION, Keys, Rights, client


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a server on the loopback interface, on a free port."""
    moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def name(server: str) -> str:
    """A bucket as the component makes it: versions, a lock."""
    made = f"acme-{uuid.uuid4().hex}"
    s3 = client(server, "s3")
    s3.create_bucket(
        Bucket=made, CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=True
    )
    s3.put_bucket_versioning(Bucket=made, VersioningConfiguration={"Status": "Enabled"})
    return made


@pytest.fixture
def user(server: str) -> Callable[[dict[str, Any]], Keys]:
    """Makes a user with a policy."""

    def made(document: dict[str, Any]) -> Keys:
        iam, who = client(server, "iam"), f"user-{uuid.uuid4().hex[:8]}"
        policy = iam.create_policy(PolicyName=who, PolicyDocument=json.dumps(document))
        iam.create_user(UserName=who)
        iam.attach_user_policy(UserName=who, PolicyArn=policy["Policy"]["Arn"])
        found = iam.create_access_key(UserName=who)["AccessKey"]
        return Keys(found["AccessKeyId"], found["SecretAccessKey"])

    return made


@pytest.fixture
def rights(server: str) -> Iterator[Rights]:
    """Whether the server asks if somebody may; it does not at first."""
    pytest.importorskip("requests", reason="requests is not installed")
    made = Rights(server)
    yield made
    made.lift()


@pytest.fixture(scope="session")
def rclone(request: pytest.FixtureRequest) -> Path:
    """Builds rclone where that was not done, or skips with the reason."""
    if builds.cached(RCLONE) is None and (reason := builds.missing_go()):
        pytest.skip(f"rclone: {reason}")
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return builds.build(RCLONE, ConsoleReport(Console(stderr=True)))
