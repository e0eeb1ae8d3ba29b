"""The Diffie-Hellman group that PMM's web server wants as a file, worked out from its definition.

It is `ffdhe3072` of RFC 7919, appendix A.2. A group is no secret: everybody has the same, which has been looked at more
closely than one of our own could be.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import Final

_BITS: Final = 3_072
_OFFSET: Final = 2_625_351
_GENERATOR: Final = 2


@cache
def dhparam_pem() -> str:
    """The group as PEM, `DH PARAMETERS` of PKCS #3."""
    content = _der_integer(group_prime()) + _der_integer(_GENERATOR)
    text = base64.b64encode(b"\x30" + _der_length(len(content)) + content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN DH PARAMETERS-----", *lines, "-----END DH PARAMETERS-----", ""])


def group_prime() -> int:
    """`2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1`, for b bits and the smallest X with which it is safe."""
    bits = _BITS
    return 2**bits - 2 ** (bits - 64) + (_scaled_e(bits - 130) + _OFFSET) * 2**64 - 1


def _scaled_e(bits: int) -> int:
    """`floor(2^bits e)`, from the series of 1/k!."""
    guard = 64  # Each term is cut off; a thousand of them do not add up to that many bits.
    term = total = 1 << (bits + guard)
    divisor = 1
    while term:
        term //= divisor
        total += term
        divisor += 1
    return total >> guard


def _der_integer(value: int) -> bytes:
    # One bit more than it has: the first bit is the sign.
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + _der_length(len(content)) + content


def _der_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    content = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(content)]) + content
