"""PostgreSQL's own tools, which dump and restore a database that the program works with."""

import os
import re
import shutil
import subprocess

from sqlalchemy.engine import URL, make_url

from schemas.settings import settings

VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
ANSWER_SECONDS = 10
TOOL_SECONDS = 3600


class ToolError(RuntimeError):
    """A tool is not installed, or failed; the message says which, with what it says."""


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


def run_tool(name: str, url: URL, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools; the password goes by its environment, never in its arguments.

    Raises:
        ToolError: it is not installed, or failed; with what it says.
    """
    tool = find_tool(name)
    if tool is None:
        raise ToolError(
            f"{name} is not installed; install PostgreSQL's client, or name its folder in CADRE_POSTGRES_TOOLS."
        )
    plain = make_url(url).set(drivername="postgresql", password=None)
    environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
    command = [tool, f"--dbname={plain.render_as_string(hide_password=False)}", "--no-password", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TOOL_SECONDS, check=False)  # noqa: S603
    if done.returncode:
        raise ToolError(f"{name} failed: {done.stderr.strip() or done.returncode}")
