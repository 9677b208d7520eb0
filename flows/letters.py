"""Letters: delivery from the outbox."""

from datetime import datetime

from prefect import flow

from schemas.records import SeasonPart, Tally
from tasks.certificates.credentials import credential_of
from tasks.core.clock import moment_of_run
from tasks.letters.delivery import send_waiting_letters
from tasks.season.control_totals import check_control_totals
from tasks.season.guard import acts_in


@flow(name="deliver-letters")
@acts_in(SeasonPart.WHOLE)
def deliver_letters(season: str, as_of: datetime | None = None) -> list[Tally]:
    """Deliver the letters that wait in the outbox.

    Owner: program staff
    Impact: people are not told what was decided.
    Rerun: safe; only a kill between the mail server's reply and our record sends one letter again, under the same Message-ID.
    First triage step: see what the run says of the mail server; failed letters name its reason, and the operators read them.
        Where letters wait to be signed, the message names the command that mends the key; all other letters are sent.
    """
    send_waiting_letters(season, moment_of_run(as_of), credential_of)
    return check_control_totals(season, "letters")
