"""Write an `--env-vars` file that points functions, run outside of the stack, to the running stack."""

import json
import os
from pathlib import Path

from logrouter_local.places import ROOT, STATE
from logrouter_local.stack import FUNCTIONS, Stack


def write_environment(stack: Stack) -> Path:
    """Write every deployed function's variables as `sam local` and `logrouter invoke` take them; return the path."""
    path = STATE / "env.json"
    path.write_text(json.dumps({name: stack.variables(name) for name in FUNCTIONS}, indent=2))
    return Path(os.path.relpath(path, ROOT))
