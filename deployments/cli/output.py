"""What the commands print: for people or for machines."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console

AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Season = Annotated[str, Parameter(help="The season, as 2022.")]
out = Console()


@contextmanager
def only_what_we_say() -> Iterator[None]:
    """What a library prints by itself goes to standard error meanwhile, so that ``--json`` stays JSON."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def say_error(error: Exception, *, as_json: bool) -> int:
    """Print what cannot be done, and why; the exit code."""
    say({"error": str(error)}, as_json=as_json, text=str(error))
    return 1


def say(value: Any, *, as_json: bool, text: str) -> None:
    """Print a result for people or for machines."""
    if as_json:
        sys.stdout.write(json.dumps(value, default=str, indent=1) + "\n")
    else:
        out.print(text, highlight=False, soft_wrap=True)
