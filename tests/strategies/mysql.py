"""What the two MySQL engines have in common."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from tests.strategies.words import Strategy, words

_LOWER = string.ascii_lowercase
# Names that the operators keep for themselves are among these, so a letter stands in front that none begins with.
_NAMES = st.sampled_from(["max_connections", "innodb_buffer_pool_size", "sql_mode", "loose_audit_log_format"])


def parameters() -> Strategy:
    """Parameters of a MySQL server."""
    texts = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="{"), max_size=15)
    numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    names = _NAMES | words(_LOWER + string.digits + "_", first="xyz")
    return st.dictionaries(names, texts | numbers | st.booleans(), min_size=1, max_size=4)


def transactions() -> Strategy:
    """GTIDs of one transaction."""
    return st.builds("{}:{}".format, st.uuids(), st.integers(1, 2**40))
