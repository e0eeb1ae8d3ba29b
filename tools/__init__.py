"""What is run by people who work on this project, and by tests that hold its results together."""
