"""Real PostgreSQL servers on loopback, for tests that need one: found or got, started, frozen, killed, read."""
