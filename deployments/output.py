"""What the commands print: for people or for machines."""

import json
import sys
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Season = Annotated[str, Parameter(help="The season, as 2022.")]
out = Console()


def say(value: Any, *, as_json: bool, text: str) -> None:
    """Print a result for people or for machines."""
    if as_json:
        sys.stdout.write(json.dumps(value, default=str, indent=1) + "\n")
    else:
        out.print(text, highlight=False, soft_wrap=True)
