"""Where a secret value is kept: never the value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretReference:
    """One key of one Kubernetes Secret.

    Read the value with `kubectl get secret NAME --namespace NAMESPACE -o jsonpath='{.data.KEY}'`; it is base64.
    """

    namespace: str
    name: str
    key: str

    def __str__(self) -> str:
        """`namespace/name/key`, the form in which outputs carry it."""
        return f"{self.namespace}/{self.name}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> SecretReference:
        """The reference that `text` (`namespace/name/key`) stands for.

        Raises `ValueError` if it has not three parts that are all filled.
        """
        parts = text.split("/")
        if len(parts) != 3 or not all(parts):
            # Not repeated: it may be the secret itself.
            raise ValueError("is not a secret reference; write namespace/name/key")
        return cls(*parts)
