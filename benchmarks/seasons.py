"""Seasons side by side, in one database, with people who come back.

``python -m benchmarks.seasons [--years 3] [--districts 12] [--database postgresql] [--until DAY] [--json]``

The season of 2022 runs from its survey to its last renewal, and those of the years after it beside it; a tenth of the people
come back, some with another address or name. Everything runs through the real flows, day by day as the calendar has it. At last
the first season is closed.

The limit: exit code 1 where counts do not reconcile, ``cadre audit`` finds a violation in any season, a letter of one season
names a day of another, or no certificate was renewed by somebody who has told another address since it was issued.
"""

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.own_servers import own_environment, own_postgres
from deployments.services import running
from schemas.records import SeasonPart
from schemas.settings import settings

NAMED_DAY = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December) (\d{1,2}), (\d{4})\b"
)
# Letters of these subjects speak of the days of their season alone; those after it of results, terms, and transcripts. A
# cohort's letters name the last day for its portfolios too.
OF_THE_SEASON = dict.fromkeys(("surveys", "seats", "enrollment", "academy"), SeasonPart.PHASE_ONE)
OF_THE_SEASON |= {"cohorts": SeasonPart.PORTFOLIOS}
LOOK_EVERY_DAYS = 30
Answer = dict[str, Any]


def measure(arguments: argparse.Namespace, folder: Path) -> Answer:
    """Run the seasons, and say what came of each and of the people."""
    own_environment(folder / "servers")
    with running(settings(), faults="sample", seed=2022) as services:
        postgres = own_postgres(folder / "postgres") if arguments.database == "postgresql" else nullcontext()
        with postgres as found:
            home = folder / "home"
            environment = {"CADRE_HOME": str(home), "CADRE_POLICY_FOLDER": str(home / "policies")}
            os.environ.update({**services.environment(), **environment, "CADRE_RETRY_BASE_SECONDS": "0.05"})
            os.environ["CADRE_DATABASE_URL"] = found.url if found else ""
            settings.cache_clear()
            return _run(arguments, home, services)


def _run(arguments: argparse.Namespace, home: Path, services: Any) -> Answer:
    from deployments import conductor  # noqa: PLC0415 - Prefect reads the environment when it is imported
    from deployments.sample.years import worlds_of, write_policies  # noqa: PLC0415 - see above
    from deployments.season_run import run_seasons  # noqa: PLC0415 - see above
    from tasks.core.migrations import migrate  # noqa: PLC0415 - see above

    seasons = write_policies(home / "policies", arguments.years)
    worlds = worlds_of(home, home / "policies", seasons, arguments.districts)
    migrate()
    started = time.perf_counter()
    until = date.fromisoformat(arguments.until) if arguments.until else None
    with conductor.talking_to(services.api_url, services.auth), conductor.client() as api:
        run_seasons(worlds, api, until)
        told = {} if until else end_of_first(worlds[0])
        conductor.drain()
    return figures(seasons, until) | told | {"seconds": round(time.perf_counter() - started, 1)}


def end_of_first(world: Any) -> Answer:
    """Let the renewed certificates of the first season come to their end, and close it."""
    from deployments import conductor  # noqa: PLC0415 - see above
    from deployments.sample.timeline import timeline  # noqa: PLC0415 - see above
    from deployments.season_run import simulated_clock  # noqa: PLC0415 - see above
    from rules.season import part_term  # noqa: PLC0415 - see above
    from tasks.season.seasons import known_seasons  # noqa: PLC0415 - see above

    season, last = world.policy.season, part_term(SeasonPart.CERTIFICATES, world.policy).ends_on
    left, day = "", world.policy.local_day(timeline(world)[-1].moment)
    with simulated_clock():
        while (day := day + timedelta(days=LOOK_EVERY_DAYS)) < last:
            for name in ("renew-certificates", "deliver-letters"):
                nothing: Answer = {"activities": [], "payments": []} if name == "renew-certificates" else {}
                conductor.run_here(name, {"season": season, "as_of": world.at(day).isoformat(), **nothing}, name)
        try:
            given = {"season": season, "as_of": world.at(last).isoformat(), "closed_by": "sample agency"}
            conductor.run_here("close-season", given, "close-season")
        except conductor.RunFailedError as error:
            left = str(error)
    closed_on = next(item.closed_on for item in known_seasons() if item.season == season)
    return {"closed_on": str(closed_on or ""), "left_open": left, "open_reviews": open_reviews(season)}


def open_reviews(season: str) -> list[str]:
    """The rounds of review that have no result, and in what state they are."""
    from sqlalchemy import select  # noqa: PLC0415 - see above

    from schemas.tables import ReviewRound  # noqa: PLC0415 - see above
    from tasks.core.database import reading  # noqa: PLC0415 - see above

    with reading() as db:
        rows = db.scalars(select(ReviewRound).where(ReviewRound.season == season, ReviewRound.decided_at.is_(None)))
        return [f"{row.portfolio_id}/{row.round_number} {row.kind} {row.status} since {row.opened_at}" for row in rows]


def figures(seasons: Sequence[str], until: date | None) -> Answer:
    """What came of each season, and of people across them."""
    from tasks.season.audit import audit, not_kept  # noqa: PLC0415 - see above
    from tasks.season.control_totals import all_tallies  # noqa: PLC0415 - see above
    from tasks.season.digest import season_digest  # noqa: PLC0415 - see above

    found: dict[str, Any] = {}
    for season in seasons:
        findings = audit(season, _last_moment(season))
        found[season] = {
            "reconciles": all(item.holds for item in all_tallies(season)),
            "checks": len(findings),
            "violations": {item.check.name: item.violations for item in not_kept(findings)},
            "strange_days": sorted(strange_days(season))[:20],
            "digest": season_digest(season),
        }
    return {"seasons": found, "until": str(until or ""), "people": people()}


def _last_moment(season: str) -> datetime:
    from sqlalchemy import func, select  # noqa: PLC0415 - see above

    from schemas.tables import Decision  # noqa: PLC0415 - see above
    from tasks.core.database import reading  # noqa: PLC0415 - see above

    with reading() as db:
        newest = db.scalar(select(func.max(Decision.decided_at)).where(Decision.season == season))
    assert newest is not None
    return newest


def strange_days(season: str) -> Iterator[str]:
    """Days that letters of the season's own subjects name, and that lie outside of it."""
    from sqlalchemy import select  # noqa: PLC0415 - see above

    from rules.season import part_term  # noqa: PLC0415 - see above
    from schemas.settings import ROOT  # noqa: PLC0415 - see above
    from schemas.tables import Outbox  # noqa: PLC0415 - see above
    from tasks.core.database import reading  # noqa: PLC0415 - see above
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above

    folder, policy = ROOT / "tasks" / "letters" / "templates", policy_of(season)
    last = {
        path.stem: part_term(part, policy).ends_on
        for subject, part in OF_THE_SEASON.items()
        for path in (folder / subject).glob("*.txt")
    }
    with reading() as db:
        for key, payload in db.execute(select(Outbox.message_key, Outbox.payload).where(Outbox.season == season)):
            if payload.get("template") in last:
                for named in NAMED_DAY.findall(payload["body"]):
                    day = datetime.strptime(" ".join(named), "%B %d %Y").date()  # noqa: DTZ007 - a day
                    if not policy.survey.opens_on <= day <= last[payload["template"]]:
                        yield f"{key.split('/')[1]}: {day}"


PEOPLE = {
    "persons": "SELECT count(*) FROM person",
    "educators_of_later_seasons": "SELECT count(DISTINCT season || person_id) FROM person_role WHERE role = 'educator' "
    "AND season > (SELECT min(season) FROM person_role)",
    "in_two_seasons": "SELECT count(*) FROM (SELECT 1 FROM person_role h JOIN person p ON p.person_id = h.person_id "
    "WHERE h.role = 'educator' GROUP BY coalesce(p.merged_into, p.person_id) HAVING count(DISTINCT h.season) > 1) p",
    "recognized_by_name": "SELECT count(*) FROM decision WHERE rule = 'person-recognized'",
    "unsure": "SELECT count(*) FROM person_match",
    "renewed": "SELECT count(*) FROM certificate_term WHERE term_number > 1",
    "renewed_at_another_address": "SELECT count(*) FROM certificate_term t "
    "JOIN certificate c ON c.certificate_id = t.certificate_id "
    "JOIN person o ON o.email = c.email "
    "WHERE t.term_number > 1 AND EXISTS (SELECT 1 FROM person_address a JOIN person r ON r.email = a.email "
    "WHERE coalesce(r.merged_into, r.person_id) = coalesce(o.merged_into, o.person_id) AND a.since > c.issued_on)",
}


def people() -> Answer:
    """How many people there are, came back, were recognized, and renewed at an address that they told later."""
    from sqlalchemy import text  # noqa: PLC0415 - see above

    from tasks.core.database import reading  # noqa: PLC0415 - see above

    with reading() as db:
        return {name: db.scalar(text(query)) for name, query in PEOPLE.items()}


def holds(found: Answer) -> bool:
    """Whether every promise was kept, in every season."""
    kept = all(
        item["reconciles"] and not item["violations"] and not item["strange_days"] for item in found["seasons"].values()
    )
    return kept and (
        bool(found["until"]) or (found["people"]["renewed_at_another_address"] > 0 and bool(found["closed_on"]))
    )


def main() -> int:
    """Print the figures; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--districts", type=int, default=12)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--until", default="", help="the last day, as 2022-06-14")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadre-seasons-") as folder:
        found = measure(arguments, Path(folder))
    print(json.dumps(found, indent=1) if arguments.json else found)
    return 0 if holds(found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
