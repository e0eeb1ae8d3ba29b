"""The one exception that a command ends with when it cannot do what it was asked."""


class Refusal(Exception):
    """The message says why and what mends it; the command line prints it alone and exits with 1."""
