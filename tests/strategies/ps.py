"""What only Percona Server for MySQL takes, and what goes with what there."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.strategies.space import Table

TABLE = Table(
    values={"overrides": st.just({"spec": {"updateStrategy": "RollingUpdate"}})},
)
