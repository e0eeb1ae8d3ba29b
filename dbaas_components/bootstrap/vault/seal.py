"""What opens Vault after a restart."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from dbaas_components.bootstrap.fields import SecureServer, VaultMount
from dbaas_components.databases.spec.part import Line, ObjectName, Part, SecretKeyName
from dbaas_components.errors import Problem, SpecError

_PUBLIC_KEY_PACKET = 6
_ARN_REGION = re.compile(r"arn:aws[-a-z]*:kms:([-a-z0-9]+):")


def _packet(octet: int) -> int | None:
    """The kind of packet that begins with this octet (RFC 9580, 4.2); None if none does."""
    if not octet & 0x80:
        return None
    return octet & 0x3F if octet & 0x40 else octet >> 2 & 0x0F


def _public_key(text: str) -> str:
    """An OpenPGP public key, base64 without armour, as Vault takes it."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content or _packet(content[0]) != _PUBLIC_KEY_PACKET:
        raise ValueError("is not an OpenPGP public key in base64; write what `gpg --export KEY | base64 -w0` prints")
    return text


PublicKey = Annotated[str, AfterValidator(_public_key)]


class AwsKey(Part):
    """A key of AWS KMS."""

    key: Line
    region: Line
    endpoint: SecureServer | None = None


class GoogleKey(Part):
    """A key of Google Cloud KMS."""

    project: Line
    location: Line
    key_ring: Line
    key: Line


class TransitKey(Part):
    """A key of the transit engine of another Vault or OpenBao."""

    address: SecureServer
    key: Line
    mount: VaultMount = "transit"
    token_secret: ObjectName
    token_key: SecretKeyName = "token"  # noqa: S105 - the name of a key
    ca_secret: ObjectName | None = None
    ca_key: SecretKeyName = "ca.crt"


class Seal(Part):
    """One way to open it, and who holds the recovery keys."""

    aws_kms: AwsKey | None = None
    google_kms: GoogleKey | None = None
    transit: TransitKey | None = None
    shamir: Literal["keys_kept_in_a_secret"] | None = None
    recovery_public_keys: tuple[PublicKey, ...] = ()
    recovery_threshold: int | None = None
    recovery_keys: Literal["plain_in_a_secret"] | None = None

    @property
    def kind(self) -> str:
        """`awskms`, `gcpckms`, `transit` or `shamir`, as Vault calls them."""
        names = {"aws_kms": "awskms", "google_kms": "gcpckms", "transit": "transit", "shamir": "shamir"}
        (found,) = [name for field, name in names.items() if getattr(self, field)]
        return found

    @property
    def shares(self) -> int:
        """Recovery keys, or keys of Shamir's seal."""
        return len(self.recovery_public_keys) or 1

    @property
    def threshold(self) -> int:
        """How many of them are needed."""
        return self.recovery_threshold or self.shares // 2 + 1

    @model_validator(mode="after")
    def _fits_together(self) -> Seal:
        problems: list[Problem] = []
        given = [name for name in ("aws_kms", "google_kms", "transit", "shamir") if getattr(self, name)]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            message = f"takes one of aws_kms, google_kms, transit and shamir, and {said} was given; write one of them"
            problems.append(Problem("", message))
        if self.aws_kms and (place := _ARN_REGION.match(self.aws_kms.key)) and place[1] != self.aws_kms.region:
            message = f'"{self.aws_kms.region}" is not the region of the key, which is in {place[1]}; write that'
            problems.append(Problem("aws_kms.region", message))
        if self.shamir:
            if self.recovery_public_keys or self.recovery_keys:
                problems.append(
                    Problem("shamir", "has no recovery keys; leave recovery_public_keys and recovery_keys out")
                )
        elif bool(self.recovery_public_keys) == bool(self.recovery_keys):
            message = (
                "exclude each other, and one is required: the OpenPGP public keys of those who each keep a recovery "
                "key; or, for trials, recovery_keys: plain_in_a_secret, and whoever reads that Secret can become root"
            )
            problems.append(Problem("recovery_public_keys and recovery_keys", message))
        threshold = self.recovery_threshold
        if threshold is not None and not 1 <= threshold <= self.shares:
            message = f"{threshold} of {self.shares} recovery keys; write 1 to {self.shares}"
            problems.append(Problem("recovery_threshold", message))
        elif threshold == 1 and self.shares > 1:
            # Vault refuses it too, after the pods are up.
            problems.append(
                Problem("recovery_threshold", f"1 of {self.shares} recovery keys is refused by Vault; write 2")
            )
        if problems:
            raise SpecError("", problems)
        return self
