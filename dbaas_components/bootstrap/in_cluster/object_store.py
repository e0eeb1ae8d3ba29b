"""One bucket through rclone, for programs that run within the Kubernetes cluster, as the identity that they are given.

rclone is told everything by its environment: no key stands in a command line, and none is printed.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow

_SECONDS: Final = 600
_LONGEST_DETAIL: Final = 240
# What an identity of a pod is told by (EKS; Google Cloud's comes from the network).
_IDENTITY: Final = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_PASSED_ON: Final = (
    *_IDENTITY,
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_ENDPOINT_URL_STS",
    "GCE_METADATA_HOST",
    "PATH",
)
_RIGHTS: Final = {"write": "s3:PutObject", "read": "s3:GetObject", "delete": "s3:DeleteObject"}
_GOOGLE_RIGHTS: Final = {"write": "objects.create", "read": "objects.get", "delete": "objects.delete"}
# Words of rclone 1.73 with the SDKs of AWS, Google Cloud and azure; the first that fits says what is wrong.
_SIGNS: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("tls", r"x509:|tls: |HTTP response to HTTPS client"),
        ("bucket", r"NoSuchBucket|ContainerNotFound|bucket does not exist|bucket doesn't exist"),
        (
            "trust",
            r"AssumeRoleWithWebIdentity.*(StatusCode: 403|AccessDenied|InvalidIdentityToken)"
            r"|iam\.serviceAccounts|getAccessToken",
        ),
        (
            "identity",
            r"no EC2 IMDS role found|failed to refresh cached credentials|could not find default credentials"
            r"|metadata: GCE metadata|CredentialsEndpoint|failed to load credentials",
        ),
        (
            "keys",
            r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId|InvalidToken|ExpiredToken"
            r"|AuthenticationFailed|invalid_grant|illegal base64",
        ),
        ("region", r"PermanentRedirect|AuthorizationHeaderMalformed|StatusCode: 301|BucketRegionError"),
        ("encryption", r"\bkms:|KMS\.|cloudkms"),
        ("denied", r"AccessDenied|Access Denied|StatusCode: 403|Error 403|Forbidden|AuthorizationPermissionMismatch"),
        ("absent", r"NoSuchKey|not found|no such object"),
    )
)


class Store:
    """One bucket, and below it what the identity may reach."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """`settings` is what `bootstrap/object_stores.py` makes."""
        self._program = str(settings["program"])
        self._bucket = str(settings["bucket"])
        self._remote: Mapping[str, str] = settings["settings"]
        self._ca_file: str | None = settings.get("ca_file")
        self._keys: Mapping[str, str] | None = settings.get("keys")
        self._identity = str(settings["identity"])
        self._account = str(settings["account"])

    @property
    def identity(self) -> str:
        """Who this is to the bucket, in words."""
        return self._identity

    def place(self, path: str) -> str:
        """Where an object is, in words."""
        return f"{self._bucket}/{path}"

    def write(self, path: str, content: bytes) -> None:
        """Writes an object. Raises `Failed` and `NotNow` with one sentence."""
        self._run("write", path, ["rcat", self._target(path)], content)

    def read(self, path: str) -> bytes:
        """What is in an object. Raises likewise."""
        return self._run("read", path, ["cat", self._target(path)])

    def delete(self, path: str) -> None:
        """Deletes an object; in a bucket with versions a marker hides it. Raises likewise."""
        self._run("delete", path, ["deletefile", self._target(path)])

    def send(self, file: Path, path: str) -> None:
        """Brings a file into the bucket, and overwrites nothing. Raises likewise."""
        self._run("write", path, ["copyto", "--immutable", str(file), self._target(path)])

    def fetch(self, path: str, file: Path) -> None:
        """Brings an object into a file. Raises likewise."""
        self._run("read", path, ["copyto", self._target(path), str(file)])

    def _target(self, path: str) -> str:
        return f"target:{self._bucket}/{path}"

    def _run(self, step: str, path: str, arguments: Sequence[str], content: bytes = b"") -> bytes:
        given = self._own()
        environment = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "HOME": "/tmp",  # noqa: S108 - nothing is written there
            # The node's identity is not the engine's.
            "AWS_EC2_METADATA_DISABLED": "true",
            **({"AWS_REGION": self._remote["REGION"]} if "REGION" in self._remote else {}),
            "RCLONE_CONFIG": "/dev/null",
            # Waiting is the caller's, who tells what for.
            "RCLONE_RETRIES": "1",
            "RCLONE_LOW_LEVEL_RETRIES": "1",
            "RCLONE_CONTIMEOUT": "15s",
            **({"RCLONE_CA_CERT": self._ca_file} if self._ca_file else {}),
            **{f"RCLONE_CONFIG_TARGET_{name}": value for name, value in self._remote.items()},
            **given,
        }
        try:
            ran = subprocess.run(
                [self._program, *arguments],
                input=content,
                capture_output=True,
                env=environment,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotNow(f"{self._where()} did not take the {step} of {self.place(path)} in {_SECONDS} s") from None
        except OSError as error:
            raise Failed(f"{self._program} does not start ({error}); correct the image that it comes from") from None
        if ran.returncode != 0:
            raise self._reason(step, path, _without(ran.stderr.decode(errors="replace"), given))
        return ran.stdout

    def _own(self) -> dict[str, str]:
        """Variables with the keys of the Secret; none where the pod has an identity of its own."""
        kind = self._remote["TYPE"]
        if self._keys is not None:
            folder, secret = Path(self._keys["folder"]), self._keys["secret"]
            if not folder.is_dir() or not any(one.is_file() for one in folder.iterdir()):
                raise NotNow(f"no identity: Secret {secret} is not there")
            return _variables(kind, self._keys["form"], folder, secret)
        if kind == "s3" and not any(name in os.environ for name in _IDENTITY):
            raise Failed(
                f"no identity: Kubernetes gave this pod none for service account {self._account}; it needs the "
                "annotation with its role and EKS's webhook, or an EKS Pod Identity association and its agent"
            )
        return {}

    def _where(self) -> str:
        return self._remote.get("ENDPOINT") or f"bucket {self._bucket}"

    def _reason(self, step: str, path: str, said: str) -> Exception:
        found = next((name for name, sign in _SIGNS if sign.search(said)), None)
        who, what = self._identity, self.place(path)
        detail = _detail(said)
        match found:
            case "tls":
                return Failed(
                    f"{self._where()} shows a certificate that is not trusted, or none ({detail}); name the authority "
                    "that issued it, or the host name that it bears"
                )
            case "bucket":
                return NotNow(f"bucket missing: there is no {self._bucket} at {self._where()}")
            case "trust":
                return NotNow(f"no identity: {who} does not trust service account {self._account} ({detail})")
            case "identity":
                return NotNow(f"no identity: nothing gives service account {self._account} that of {who} ({detail})")
            case "keys":
                return NotNow(f"no identity: {self._where()} does not take {who} ({detail})")
            case "region":
                return NotNow(
                    f"bucket {self._bucket} is in another region than {self._remote.get('REGION')} ({detail})"
                )
            case "encryption":
                return NotNow(f"access denied: {who} may not use the key that encrypts {what} ({detail})")
            case "absent" if step == "write":
                return NotNow(f"{self._where()} does not take {what} ({detail})")
            case "denied" | "absent":
                # Who may not read is told by some services that nothing is there.
                rights = _GOOGLE_RIGHTS if self._remote["TYPE"] == "google cloud storage" else _RIGHTS
                right = f" (its rights lack {rights[step]} there)" if self._remote["TYPE"] != "azureblob" else ""
                return NotNow(f"access denied: {who} may not {step} {what}{right}")
            case _:
                return NotNow(f"{self._where()} does not {step} {what} ({detail})")


def _variables(kind: str, form: str, folder: Path, secret: str) -> dict[str, str]:
    """What rclone is told of the keys. Raises `NotNow` where one is missing: a Secret may be filled later."""
    if kind == "google cloud storage":
        return _google(form, folder, secret)
    if form == "pgbackrest":
        names = {
            "s3": ("s3.conf", "s3-key", "s3-key-secret"),
            "azureblob": ("azure.conf", "azure-account", "azure-key"),
        }[kind]
        found = _options(folder / names[0], secret)
        first, second = (_named(found, one, names[0], secret) for one in names[1:])
    else:
        keys = {
            "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            "azureblob": ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"),
        }[kind]
        first, second = (_file(folder / one, secret) for one in keys)
    if kind == "s3":
        return {"AWS_ACCESS_KEY_ID": first, "AWS_SECRET_ACCESS_KEY": second}
    return {"RCLONE_CONFIG_TARGET_ACCOUNT": first, "RCLONE_CONFIG_TARGET_KEY": second}


def _google(form: str, folder: Path, secret: str) -> dict[str, str]:
    if form == "pgbackrest":
        return {"RCLONE_CONFIG_TARGET_SERVICE_ACCOUNT_CREDENTIALS": _file(folder / "gcs-key.json", secret)}
    email, key = (_file(folder / one, secret) for one in ("GCS_CLIENT_EMAIL", "GCS_PRIVATE_KEY"))
    document = {
        "type": "service_account",
        "client_email": email,
        "private_key": key.replace("\\n", "\n"),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return {"RCLONE_CONFIG_TARGET_SERVICE_ACCOUNT_CREDENTIALS": json.dumps(document)}


def _file(file: Path, secret: str) -> str:
    try:
        content = file.read_text().strip()
    except OSError:
        content = ""
    if not content:
        raise NotNow(f"no identity: Secret {secret} has no {file.name}")
    return content


def _options(file: Path, secret: str) -> dict[str, str]:
    """Options of a configuration file of pgBackRest, of all its sections."""
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    try:
        parser.read_string(_file(file, secret))
    except configparser.Error:
        # Its own text would show the line, with the key in it.
        raise NotNow(f"no identity: {file.name} of Secret {secret} is no configuration of pgBackRest") from None
    return {option: value for section in parser.sections() for option, value in parser.items(section)}


def _named(options: Mapping[str, str], name: str, file: str, secret: str) -> str:
    """The option of the repository with the lowest number."""
    found = [key for key in sorted(options) if re.fullmatch(rf"repo\d+-{name}", key)]
    if not found:
        raise NotNow(f"no identity: {file} of Secret {secret} has no repo1-{name}")
    return options[found[0]]


def _without(said: str, given: Mapping[str, str]) -> str:
    """What was said without any secret; names of keys and accounts are none."""
    for name, value in given.items():
        if not name.endswith(("_ACCESS_KEY_ID", "_ACCOUNT")):
            said = said.replace(value, "***")
    return said


def _detail(said: str) -> str:
    """The last line without its time: what the service answered, where it did."""
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "no reason was given")
    last = re.sub(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d [A-Z]+ *: ", "", last)
    answered = re.search(r"(?:api error|request send failed,) (.*)$", last)
    last = (answered.group(1) if answered else last).strip()
    # The cause stands at the end.
    return last if len(last) <= _LONGEST_DETAIL else f"...{last[-_LONGEST_DETAIL:]}"
