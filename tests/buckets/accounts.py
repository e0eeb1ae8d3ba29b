"""Who asks the S3 server of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

REGION = "eu-west-1"


def client(server: str, service: str, **keys: str) -> Any:
    """A client of a service, as its admin unless keys are given."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    given = keys or {"aws_access_key_id": "admin", "aws_secret_access_key": "admin"}
    return boto3.client(service, endpoint_url=server, region_name=REGION, **given)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of a user of the server."""

    access_key: str
    secret_key: str
    session_token: str = ""

    def client(self, server: str) -> Any:
        """S3 as that user."""
        given = {"aws_access_key_id": self.access_key, "aws_secret_access_key": self.secret_key}
        return client(server, "s3", **given)


class Rights:
    """Whether the server asks if somebody may. Its admin, who is no user, may nothing while it does."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._before: str | None = None

    def enforce(self) -> None:
        """From here on it asks."""
        self._before = self._set("0")

    def lift(self) -> None:
        """From here on it does as before."""
        if self._before is not None:
            self._set(self._before)
            self._before = None

    def _set(self, value: str) -> str:
        import requests

        answer = requests.post(f"{self._server}/moto-api/reset-auth", data=value.encode(), timeout=60)
        return str(answer.json()["PREVIOUS_INITIAL_NO_AUTH_ACTION_COUNT"])
