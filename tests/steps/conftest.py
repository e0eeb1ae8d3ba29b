"""Steps need what the engine's tests need."""

from tests.engine.conftest import engine

__all__ = ["engine"]
