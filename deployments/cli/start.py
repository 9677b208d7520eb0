"""Where the command ``cadre`` begins: settings that do not validate are told at once, before anything reads them."""

import json
import os
import sys
from collections.abc import MutableMapping
from dataclasses import asdict

from deployments.doctor.invalid import stopping_settings
from schemas.settings import HOME

PRACTICE = "practice"


def main() -> None:
    """Say what is wrong with the settings, or go on to the command."""
    if sys.argv[1:2] == [PRACTICE]:
        enter_practice(os.environ)
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


def enter_practice(environment: MutableMapping[str, str]) -> None:
    """A practice has its own data directory, unless one is named, and knows of no other installation's server or proxy."""
    environment.setdefault("CADRE_HOME", str(HOME / PRACTICE))
    environment.setdefault("CADRE_ENVIRONMENT", PRACTICE)
    for name in [name for name in environment if name.startswith("PREFECT_") or name.lower().endswith("_proxy")]:
        del environment[name]


if __name__ == "__main__":
    main()
