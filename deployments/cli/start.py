"""Where the command ``cadre`` begins: settings that do not validate are told at once, before anything reads them."""

import json
import sys
from dataclasses import asdict

from deployments.doctor.invalid import stopping_settings


def main() -> None:
    """Say what is wrong with the settings, or go on to the command."""
    problems = stopping_settings()
    if not problems:
        from deployments.cli.main import main as command  # noqa: PLC0415 - its modules read the settings

        command()
        return
    for problem in problems:
        sys.stderr.write(f"{problem.name}: {problem.what}; {problem.remedy}\n")
    if "doctor" in sys.argv[1:2] and "--json" in sys.argv:
        told = [{"check": "settings", **asdict(problem)} for problem in problems]
        sys.stdout.write(json.dumps({"is_well": False, "checks": ["settings"], "problems": told}, indent=1) + "\n")
    raise SystemExit(1)
