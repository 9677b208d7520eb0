"""``cadre doctor``: what is set up wrong, all at once, each with its remedy."""

import os
from dataclasses import asdict
from typing import Annotated

from cyclopts import App, Parameter

from deployments.cli.output import AsJson, say
from rules.wording import count

doctor_app = App(name="doctor", help="What is set up wrong, and what to do about it.")


@doctor_app.default
def doctor(
    *,
    letter: Annotated[bool, Parameter(negative=(), help="Send a test letter to the operators.")] = False,
    as_json: AsJson = False,
) -> int:
    """Look at everything that an installation needs, and say what is wrong with its remedy; exit code 1 where something is."""
    from deployments.doctor.findings import diagnose  # noqa: PLC0415 - Prefect takes seconds to import

    found = list(diagnose(os.environ, with_letter=letter))
    lines = []
    for finding in found:
        lines.append(f"{finding.check}: {'well' if not finding.problems else count(len(finding.problems), 'problem')}")
        for problem in finding.problems:
            lines += [f"  - {problem.name}: {problem.what}", f"    remedy: {problem.remedy}"]
    problems = [{"check": finding.check, **asdict(problem)} for finding in found for problem in finding.problems]
    value = {"is_well": not problems, "checks": [finding.check for finding in found], "problems": problems}
    say(value, as_json=as_json, text="\n".join(lines))
    return 1 if problems else 0
