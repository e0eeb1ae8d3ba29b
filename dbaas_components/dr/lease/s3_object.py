"""The lease as an object in an S3 bucket, by conditional writes.

Amazon S3 carries out a PUT with `If-None-Match: *` only where no object stands, and one with `If-Match: ETAG` only over
that very object. It answers 412 otherwise, 409 where another conditional write was under way, and 404 where the object
to match is gone. A server that ignores these headers would let every challenger win: `refusal` finds that out before
the first lease.
"""

from __future__ import annotations

import importlib
import uuid
from typing import TYPE_CHECKING, Any, Final

from dbaas_components.dr.lease.interface import StoreUnreachable

if TYPE_CHECKING:
    from dbaas_components.dr.timing import LeaseTiming

_REFUSED: Final = frozenset({404, 409, 412})


class S3LeaseStore:
    """An object by bucket and key. The rights it needs: GetObject and PutObject on it, and ListBucket on the bucket.

    Without ListBucket, S3 answers 403 in place of 404 for an object that is not there, and the first lease could not
    be told from an outage. `client_options` go to boto3's `client("s3")`: endpoint_url, region_name, credentials. Needs
    boto3, which is imported here alone.
    """

    def __init__(
        self, *, bucket: str, key: str, timing: LeaseTiming, client_options: dict[str, Any] | None = None
    ) -> None:
        boto3 = _library("boto3")
        # Retries below would stretch one request over several timeouts; the caller counts its own tries.
        timeouts = _library("botocore.config").Config(
            connect_timeout=timing.request_timeout,
            read_timeout=timing.request_timeout,
            retries={"total_max_attempts": 1},
        )
        self._client: Any = boto3.client("s3", **{"config": timeouts, **(client_options or {})})
        self._bucket = bucket
        self._key = key

    @property
    def place(self) -> str:
        return f"s3://{self._bucket}/{self._key}"

    def load(self) -> tuple[str, str] | None:
        errors = _library("botocore.exceptions")
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=self._key)
            return found["Body"].read().decode("utf-8", "replace"), found["ETag"]
        except errors.ClientError as error:
            answer: Any = error.response
            if answer["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise StoreUnreachable(_told(answer)) from None
        except (errors.BotoCoreError, OSError) as error:
            raise StoreUnreachable(f"no answer from S3: {type(error).__name__}") from None

    def replace(self, text: str, version: str | None) -> str | None:
        return self._put(self._key, text, {"IfNoneMatch": "*"} if version is None else {"IfMatch": version})

    def refusal(self) -> str | None:
        """One sentence where the server does not honour conditional writes; None where it does.

        Writes and deletes one small object beside the lease: `KEY.check-...`; needs DeleteObject on it. May raise
        `StoreUnreachable`.
        """
        key = f"{self._key}.check-{uuid.uuid4().hex}"
        first = self._put(key, "first", {"IfNoneMatch": "*"})
        try:
            ignored = [
                header
                for header, condition in (
                    ("If-None-Match", {"IfNoneMatch": "*"}),
                    ("If-Match", {"IfMatch": '"00000000000000000000000000000000"'}),
                )
                if self._put(key, header, condition) is not None
            ]
        finally:
            self._client.delete_object(Bucket=self._bucket, Key=key)
        if first is not None and not ignored:
            return None
        return (
            f"the server of {self.place} does not honour {' and '.join(ignored) or 'If-None-Match'} on PUT, so two "
            "regions could hold one lease; use a server that does, or a lease in Kubernetes"
        )

    def _put(self, key: str, text: str, condition: dict[str, str]) -> str | None:
        errors = _library("botocore.exceptions")
        try:
            written = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json", **condition
            )
        except errors.ClientError as error:
            answer: Any = error.response
            # A bucket that is gone is no race that was lost.
            if answer["ResponseMetadata"]["HTTPStatusCode"] in _REFUSED and answer["Error"]["Code"] != "NoSuchBucket":
                return None
            raise StoreUnreachable(_told(answer)) from None
        except (errors.BotoCoreError, OSError) as error:
            raise StoreUnreachable(f"no answer from S3: {type(error).__name__}") from None
        return written["ETag"]


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ModuleNotFoundError("a lease in S3 needs boto3, which is not installed: pip install boto3") from None


def _told(answer: Any) -> str:
    return f"S3 answered {answer['ResponseMetadata']['HTTPStatusCode']} {answer['Error']['Code']}"
