"""PostgreSQL's own programs, which dump and restore: where they are, and of which version."""

import os
import re
import shutil
import subprocess

from schemas.settings import settings

VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
ANSWER_SECONDS = 10


def find_tool(name: str) -> str | None:
    """The program: in the folder that ``CADRE_POSTGRES_TOOLS`` names, else on PATH; nothing where it is not installed."""
    return shutil.which(
        name, path=os.pathsep.join(filter(None, (settings().postgres_tools, os.environ.get("PATH", ""))))
    )


def version_of_tool(tool: str) -> int | None:
    """The major version of a program of PostgreSQL's; nothing where it does not say."""
    try:
        told = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)  # noqa: S603 - the program that a backup runs
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = VERSION.search(told.stdout)
    return int(found[1]) if found else None
