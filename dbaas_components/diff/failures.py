"""What keeps a comparison from being made."""


class DiffError(Exception):
    """One side cannot be found, evaluated or read; the message says which, why and what mends it."""


class DefinitionsMissing(DiffError):
    """A program installs the operators' definitions, which are not on this machine and cannot be fetched in there."""
