"""``cadre audit``: the promises to districts and participants, checked on the stored data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from cyclopts import App

from deployments.cli.output import AsJson, Season, say
from schemas.settings import settings

if TYPE_CHECKING:
    from tasks.season.audit import Finding

audit_app = App(name="audit", help="Check the stored data against what the program promises, by SQL of its own.")
DEFAULT_SEASON = settings().season


@audit_app.default
def audit(*, season: Season = DEFAULT_SEASON, as_json: AsJson = False) -> int:
    """Look at every row that a promise is about; exit code 1 where one is broken. People are shown by their ids."""
    from tasks.season.audit import audit as run  # noqa: PLC0415 - the database is opened by this command only

    found = run(season)
    say([_as_json(item) for item in found], as_json=as_json, text=told(found))
    return 1 if any(item.violations for item in found) else 0


def _as_json(item: "Finding") -> dict[str, object]:
    told = {**asdict(item.check), "rows": item.rows, "violations": item.violations, "ids": list(item.ids)}
    del told["sql"]
    return told


def told(found: Sequence["Finding"]) -> str:
    """The broken promises with the first ids of each, and the sums."""
    from tasks.season.audit import not_kept, summary  # noqa: PLC0415 - see above

    lines = []
    for item in not_kept(found):
        more = " ..." if item.violations > len(item.ids) else ""
        where = f"{item.check.subject}/{item.check.name}"
        lines += [f"{where}: {item.violations:,} of {item.rows:,} rows. {item.check.promise}"]
        lines += [f"  {item.check.source}", f"  {', '.join(item.ids)}{more}"]
    return "\n".join([*lines, summary(found)])
