"""What a program within the Kubernetes cluster is told of a bucket: for rclone, and where the keys are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from dbaas_components.bootstrap.jobs import RCLONE

GOOGLE_S3: Final = "https://storage.googleapis.com"
"""Where Google Cloud Storage speaks S3, with HMAC keys."""
MODULES: Final = ("service", "object_store")
"""Modules of `bootstrap/in_cluster` that a program with a bucket imports."""
_KEYS: Final = "/run/dbaas/bucket-keys"
_AUTHORITY: Final = "/run/dbaas/bucket-authority"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A bucket, and who reaches for it."""

    type: Literal["s3", "gcs", "azure"]
    bucket: str
    namespace: str
    account: str
    """Service account of the pod."""
    identity: str
    """Who the pod is to the bucket, in words: `role arn:...`."""
    region: str | None = None
    endpoint: str | None = None
    path_style: bool = True
    """Whether the bucket's name stands in the path; for `endpoint` only."""
    secret: str | None = None
    """Secret with keys, in the pod's namespace; None for the identity of the pod."""
    form: Literal["variables", "pgbackrest"] = "variables"
    """Whether that Secret has `AWS_ACCESS_KEY_ID` and the like, or files of pgBackRest."""
    authority: tuple[str, str] | None = None
    """Secret and key with the authority of the service's certificate."""

    def settings(self) -> dict[str, Any]:
        """For `in_cluster/object_store.py`; nothing secret."""
        found: dict[str, Any] = {
            "program": RCLONE,
            "bucket": self.bucket,
            "settings": self._remote(),
            "identity": self.identity,
            "account": f"{self.namespace}/{self.account}",
        }
        if self.secret:
            found["keys"] = {"secret": f"{self.namespace}/{self.secret}", "folder": _KEYS, "form": self.form}
        if self.authority:
            found["ca_file"] = f"{_AUTHORITY}/{self.authority[1]}"
        return found

    def volumes(self) -> list[dict[str, Any]]:
        """The Secrets that the pod reads. Optional: the program tells in words that one is missing."""
        found: list[dict[str, Any]] = []
        # 288 is 0440: for the group that the pod's fsGroup gives the files to.
        if self.secret:
            secret: dict[str, Any] = {"secretName": self.secret, "optional": True, "defaultMode": 288}
            found.append({"name": "bucket-keys", "secret": secret})
        if self.authority:
            secret = {"secretName": self.authority[0], "defaultMode": 288}
            found.append({"name": "bucket-authority", "secret": secret})
        return found

    def mounts(self) -> list[dict[str, Any]]:
        """Where it reads them."""
        places = {"bucket-keys": _KEYS, "bucket-authority": _AUTHORITY}
        return [{"name": one["name"], "mountPath": places[one["name"]], "readOnly": True} for one in self.volumes()]

    def _remote(self) -> dict[str, str]:
        """rclone's own words."""
        if self.type == "azure":
            return {"TYPE": "azureblob", **({"ENDPOINT": self.endpoint} if self.endpoint else {})}
        if self.type == "gcs":
            own = {} if self.secret else {"ENV_AUTH": "true"}
            return {"TYPE": "google cloud storage", **own, "BUCKET_POLICY_ONLY": "true", "NO_CHECK_BUCKET": "true"}
        provider = "GCS" if self.endpoint == GOOGLE_S3 else "Other" if self.endpoint else "AWS"
        found = {"TYPE": "s3", "PROVIDER": provider, "ENV_AUTH": "true", "NO_CHECK_BUCKET": "true"}
        # Without: a look at what was written, which takes another right than writing.
        found["NO_HEAD"] = "true"
        if self.region:
            found["REGION"] = self.region
        if self.endpoint:
            found |= {"ENDPOINT": self.endpoint, "FORCE_PATH_STYLE": "true" if self.path_style else "false"}
        return found
