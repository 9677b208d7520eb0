"""docs/audit.md, made from the auditor's SQL: each row of the domain with the checks that hold the program to it.

``python -m deployments.auditbook`` writes it (``make docs``).
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from schemas.settings import ROOT
from tasks.season.audit import Check, checks

PAGE = ROOT / "docs" / "audit.md"
TERMS: Mapping[str, str] = {
    "season": "one year's run of the program, with its own policy; seasons overlap",
    "person": "one human being across all seasons and roles, with a stable id",
    "agency": "the state department; confirms seats",
    "provider": "runs offerings, cohorts, evaluators",
    "district": "a public school district by its NCES id of seven digits; has a superintendent",
    "district lead": "the contact whom the superintendent names",
    "offering": "certification, academy, or both",
    "add-on": "only with options 1 and 3: librarian certification, Exploring Future Ready Librarianship",
    "interest survey": "one district's submission; may be a request for more information",
    "seat": "a place in one component, held by a district",
    "educator": "a person enrolled into a seat; signs a commitment form first",
    "cohort": "15 to 35 participants; private or combined",
    "facilitator": "leads a cohort's sessions; an evaluator is a member of the independent panel",
    "portfolio, artifact": "what a participant submits in phase 2; artifacts go by role",
    "credit provider": "the university that grants credits and sends transcripts",
}
LIFE: Sequence[str] = (
    "Survey intake; first come, first served by the time of submission",
    "Seat confirmation in mid June, with a letter for every line",
    "Recruitment and enrollment; the commitment form first",
    "Summer Learning Academy: up to 4 courses, 8 to 26 hours, webinars",
    "Cohort scheduling: 14 weeks, 5 sessions of 2 hours about every two weeks",
    "Portfolio within 6 months, the program within 9; private office hours",
    "Review by the independent panel in 6 to 8 weeks; 80 % certifies",
    "Certification for 3 years; renewal between $99 and $250 by points",
    "Graduate credits, paid by the participant; endorsement",
    "Exploring Future Ready Librarianship: summer or fall session",
    "Librarian certification: one process, two results",
    "Commitments of districts and educators; periodic check-ins",
)
RULINGS: Sequence[str] = (
    "certification minimum",
    "academy seats",
    "add-on seats",
    "add-on with option 2",
    "maximum per district",
    "resubmitted survey",
    "strict order",
    "more seats after the survey closed",
    "the waitlist ends",
    "offers",
    "seats not filled",
    "librarian certification needs the educator certification",
    "combined cohorts know no regions",
    "facilitators are in one meeting at a time",
    "start agreed with the lead",
    "moves and merges",
    "attendance",
    "resubmission",
    "who reviews",
    "fair load",
    "the SLA clock",
    "re-review",
    "renewal",
    "credits refused or refunded",
    "ExFRL session already begun",
    "office hours",
    "time zone, money",
)
DOMAIN: Mapping[str, str] = {
    **{f"Terms: {term}": f"{term}: {meaning}" for term, meaning in TERMS.items()},
    **{f"Life of a season, {number}": text for number, text in enumerate(LIFE, start=1)},
    **{f"Ruling: {ruling}": f"Ruling on {ruling}" for ruling in RULINGS},
    "Domain: numbers are policy data": "Every decision was made by a policy that is kept, and has a reason",
}
INTRODUCTION = """# The audit

Made from `deployments/audit/checks/` by `make docs`; a test fails where it is out of date.

`cadre audit` looks up every promise of this page in the stored data, with SQL that shares no code with the rules. The flow
*Audit season* does so each day, and `make run` at its end. A mutation test breaks each promise once in a copied database, on
SQLite and on PostgreSQL, and shows that its check notices (`tests/deployments/audit/mutations/`).
"""


def page() -> str:
    """The whole page: the domain row by row, then every promise."""
    found = checks()
    lines = [INTRODUCTION, "## What the program is held to", "", "| the domain | checks |", "|---|---|"]
    for label, text in DOMAIN.items():
        mine = ", ".join(f"[{check.name}](#{check.name})" for check in found if label in check.sources)
        lines += [f"| {text} | {mine} |"]
    for subject in dict.fromkeys(check.subject for check in found):
        lines += ["", f"## Promises: {subject}"]
        lines += [line for check in found if check.subject == subject for line in _section(check)]
    return "\n".join([*lines, ""])


def _section(check: Check) -> Iterator[str]:
    yield from ("", f"### {check.name}", "", check.promise, "", f"- Source: {check.source}")
    if check.rules:
        yield f"- Rules: {', '.join(f'[{rule}](rules.md#{rule})' for rule in check.rules)}"


def main(path: Path = PAGE) -> int:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(checks())} checks are in {path.name}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
