"""Forms of addresses that a specification takes."""

from __future__ import annotations

from typing import Final

_HOST: Final = r"[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?"
_PORT: Final = r"([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"

SERVICE: Final = rf"^https?://{_HOST}(:{_PORT})?(/[^\s]*)?$"
"""`https://minio.example.com:9000/path`."""
SECURE_SERVER: Final = rf"^https://{_HOST}(:{_PORT})?/?$"
"""`https://vault.example.com:8200`."""
