"""A small reading of Amazon's policy language, apart from the library's: who is allowed what by documents.

An explicit denial wins; else what some document allows is allowed. A condition on something that a request does not
bring does not hold, unless it is a negated one (documentation of IAM, "policy evaluation logic" and "condition
operators").
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

Request = dict[str, str]
"""Condition keys that a request brings, such as `s3:prefix`."""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _holds(operator: str, wanted: list[str], given: str | None) -> bool:
    if operator == "Null":
        return (given is None) == (wanted[0] == "true")
    negated = operator in ("StringNotEquals", "ArnNotLike")
    if given is None:
        return negated
    match operator:
        case "StringEquals" | "StringNotEquals" | "Bool":
            found = given in wanted
        case "StringLike" | "ArnNotLike":
            found = any(fnmatchcase(given, one) for one in wanted)
        case "NumericLessThan":
            found = any(float(given) < float(one) for one in wanted)
        case _:
            raise NotImplementedError(operator)
    return found != negated


def _concerns(statement: dict[str, Any], action: str, resource: str, request: Request) -> bool:
    return (
        any(fnmatchcase(action, one) for one in _list(statement["Action"]))
        and any(fnmatchcase(resource, one) for one in _list(statement["Resource"]))
        and all(
            _holds(operator, [str(one) for one in _list(wanted)], request.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def decision(documents: list[dict[str, Any]], action: str, resource: str, **request: str) -> str:
    """`allowed`, `denied` (by somebody's word) or `silent`. `request` has the words of `NAMES`."""
    keys = {NAMES[key]: value for key, value in request.items()}
    statements = [one for document in documents for one in document["Statement"]]
    concerned = [one for one in statements if _concerns(one, action, resource, keys)]
    if any(one["Effect"] == "Deny" for one in concerned):
        return "denied"
    return "allowed" if any(one["Effect"] == "Allow" for one in concerned) else "silent"


NAMES = {
    "tls": "s3:TlsVersion",
    "secure": "aws:SecureTransport",
    "prefix": "s3:prefix",
    "who": "aws:PrincipalArn",
    "encryption": "s3:x-amz-server-side-encryption",
    "key": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "own_key": "s3:x-amz-server-side-encryption-customer-algorithm",
    "via": "kms:ViaService",
}
