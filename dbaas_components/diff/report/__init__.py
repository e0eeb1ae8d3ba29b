"""The report in four forms: for a terminal, for a comment, for programs, for the panels of CI."""
