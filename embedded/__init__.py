"""Everything that makes a bare laptop enough to run this project; never part of the wheel."""
