"""Where `pulumi up` enters: the language host runs this folder as a script."""

import sys
from pathlib import Path

# The language host puts this folder on the path, not the project that holds it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stacks.program import main

main()
