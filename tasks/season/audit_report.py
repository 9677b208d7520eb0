"""What the daily audit leaves: an artifact with the promises that are not kept, and a letter to the operators."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from prefect.artifacts import create_table_artifact

from tasks.core.step import step
from tasks.ledger.unit_of_work import unit_of_work
from tasks.letters.outbox import keys_written
from tasks.letters.write import write_letter
from tasks.season.audit import Finding, audit, not_kept, summary


class PromisesBrokenError(AssertionError):
    """The audit found promises that are not kept; the message names the checks, and no case of them."""


@step
def audit_promises(season: str, as_of: datetime) -> list[Finding]:
    """Look at every promise, publish those that are not kept, and write to the operators; what was found."""
    found = audit(season, as_of)
    _publish(season, found)
    if not_kept(found):
        _tell_operators(season, as_of, found)
    return found


def _publish(season: str, found: Sequence[Finding]) -> None:
    """Ids in the artifact are of the program: a person's is opaque."""
    table = [
        {
            "check": item.check.name,
            "promise": item.check.promise,
            "looked at": item.rows,
            "not kept": item.violations,
            "first of them": ", ".join(item.ids),
        }
        for item in not_kept(found)
    ]
    create_table_artifact(key=f"season-{season}-audit", table=table, description=summary(found))


def _tell_operators(season: str, as_of: datetime, found: Sequence[Finding]) -> None:
    """Write once a day about the same promises."""
    broken = not_kept(found)
    names = "\n".join(f"{item.check.name} {item.violations}" for item in broken)
    with unit_of_work(season, as_of) as work:
        key = f"audit/{work.today}/{hashlib.sha256(names.encode()).hexdigest()[:12]}"
        if not keys_written(work.db, season, key):
            context = {"found": broken, "checks": len(found), "as_of": as_of.astimezone(work.policy.zone)}
            write_letter(work, key, "promises_broken", work.policy.letters.operators, **context)


@step
def require_kept_promises(found: list[Finding]) -> str:
    """The summary.

    Raises:
        PromisesBrokenError: at least one promise is not kept.
    """
    broken = [f"{item.check.name}: {item.violations} of {item.rows}" for item in not_kept(found)]
    if broken:
        raise PromisesBrokenError(f"{summary(found)} {'; '.join(broken)}")
    return summary(found)
