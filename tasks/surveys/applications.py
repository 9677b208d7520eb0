"""What every valid response requests, folded into each district's application: its rulings, and the letters to its lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from rules.persons import plain_name
from rules.surveys.application import is_another_lead
from schemas.kinds import PersonRole, SubjectKind
from schemas.records import COMPONENT_NAMES, Lead, Line, SurveyAnswer
from schemas.tables import Application
from tasks.core.database import upsert
from tasks.intake.cell_values import count, day_or_none, from_microseconds, listed, microseconds
from tasks.intake.persons_on_record import register_people
from tasks.ledger.persons import Sighting
from tasks.ledger.unit_of_work import Work
from tasks.letters.write import write_letter
from tasks.surveys.leads import tell_lead_change
from tasks.surveys.requested_seats import COMPONENTS, Place

ANSWERED = (
    "lea_id", "response_id", "submitted_at", "is_information_request", "option", "superintendent_name", "lead_name",
    "lead_email", "certified_librarians", "start_from", "start_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Submission:
    """A district's current submission: its place, what it says, how many of its seats are admitted, and the district's name."""

    place: Place
    answer: SurveyAnswer
    lines: tuple[Line, ...]
    district: str

    @property
    def has_excess(self) -> bool:
        """Whether it requests more seats than are admitted."""
        return any(line.seats_admitted < line.seats_requested for line in self.lines)


class Applications:
    """The applications of a season as they were, and what this run makes of them."""

    def __init__(self, work: Work) -> None:
        """Look up which response is current for each district."""
        self._work = work
        found = list(work.db.scalars(select(Application).where(Application.season == work.season)))
        self.before = {row.lea_id: Place(microseconds(row.submitted_at), row.response_id) for row in found}
        self._leads = {row.lea_id: Lead(row.lead_name, row.lead_email) for row in found}

    def write(self, current: Mapping[str, Submission]) -> None:
        """Write the application, the decisions and the letters of every district with a new current submission."""
        rows = [self._row(submission.answer) for _, submission in sorted(current.items())]
        upsert(self._work.db, Application, rows)
        for lea_id, submission in sorted(current.items()):
            with self._work.because(submission.answer.response_id):
                self._tell(lea_id, submission)
        register_people(self._work, "survey", [one for item in current.values() for one in _people_of(item.answer)])

    def _row(self, answer: SurveyAnswer) -> dict[str, Any]:
        told = {name: getattr(answer, name) for name in ANSWERED}
        return {"season": self._work.season, "slots": list(answer.slots), **told}

    def _tell(self, lea_id: str, submission: Submission) -> None:
        """Record the rulings on a district's new application, and write to its lead."""
        answer = submission.answer
        before, after = self._leads.get(lea_id), Lead(answer.lead_name or answer.lead_email, answer.lead_email)
        if before and is_another_lead(before, after):
            tell_lead_change(self._work, lea_id, submission.district, before, after)
        for line in submission.lines:
            facts = {"option": answer.option, "seats_requested": line.seats_requested}
            facts |= {"seats_admitted": line.seats_admitted}
            for ruling in line.rulings:
                self._work.decide(SubjectKind.APPLICATION, f"{lea_id}/{line.component}", ruling, **facts)
        template = "information" if answer.is_information_request else "application_received"
        key = f"{template}/{answer.response_id}"
        context = {
            "answer": answer,
            "lines": submission.lines,
            "district": submission.district,
            "names": COMPONENT_NAMES,
        }
        write_letter(self._work, key, template, answer.lead_email, **context)


def _people_of(answer: SurveyAnswer) -> list[Sighting]:
    """The lead, and the superintendent, of whom the survey asks the name alone: often the two are one person."""
    lead, superintendent = answer.lead_name, answer.superintendent_name
    found = [Sighting(answer.lead_email, PersonRole.LEAD, lead, answer.lea_id)]
    if superintendent:
        email = answer.lead_email if plain_name(superintendent) == plain_name(lead) else ""
        found.append(Sighting(email, PersonRole.SUPERINTENDENT, superintendent, answer.lea_id))
    return found


def answer_of(content: Mapping[str, str], place: Place) -> SurveyAnswer:
    """A valid response as the rules take it."""
    return SurveyAnswer(
        response_id=content["response_id"],
        submitted_at=from_microseconds(place.submitted_us),
        lea_id=content["lea_id"],
        is_information_request=content["request"].lower() != "apply",
        option=int(content["option"]) if content["option"] else None,
        seats={component: count(content, f"{component}_seats") for component in COMPONENTS},
        slots=listed(content.get("slots", "")),
        superintendent_name=content.get("superintendent_name", ""),
        lead_name=content.get("lead_name", ""),
        lead_email=content["lead_email"],
        certified_librarians=count(content, "certified_librarians"),
        start_from=day_or_none(content, "start_from"),
        start_until=day_or_none(content, "start_until"),
    )
