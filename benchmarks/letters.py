"""What a letter costs: ``python -m benchmarks.letters [--letters N] [--database URL] [--json]``.

Letters as a season has them (one of three with five calendar entries) are put in an outbox and delivered to the mail sandbox:
claimed, composed, sent, and each answer committed. The rival is ``smtplib``, which sends the same bytes to the same server on
one connection and does nothing else. Both take turns. The limit: a letter costs at most 1.5 times what it costs the rival.
"""

import argparse
import json
import os
import smtplib
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from deployments.cli.output import only_what_we_say
from deployments.environment import free_port, is_free
from deployments.services import guarded_process, python_module, wait_until
from schemas.policy import Policy
from schemas.settings import settings
from schemas.statuses import OutboxKind, OutboxStatus
from schemas.tables import Outbox
from tasks.certificates.credentials import credential_of
from tasks.core.database import engine_for, reading, transaction
from tasks.core.migrations import migrate
from tasks.core.policies import policy_of
from tasks.letters.calendar_files import Meeting
from tasks.letters.compose import Letter
from tasks.letters.delivery import send_waiting_letters
from tasks.letters.envelope import Envelope, envelope_of
from tasks.letters.outbox import Message, composed, queue

LETTERS, ROUNDS, LIMIT = 1_000, 5, 1.5
SEASON = "2022"
NOW = datetime(2022, 8, 15, 13, 0, tzinfo=UTC)


def letter_of(number: int, policy: Policy) -> Letter:
    """Every third letter has five meetings with it."""
    person = {"first_name": "Zoé", "last_name": f"Ley {number}"}
    name = "ISTE Certification for Educators"
    context = {"person": person, "name": name, "enroll_by": date(2022, 8, 29), "session": None}
    starts = [policy.at(NOW) + timedelta(weeks=2 * week) for week in range(5)]
    meetings = [
        Meeting(f"benchmark/{number}/{n}", f"Session {n}", start, start + timedelta(hours=2))
        for n, start in enumerate(starts if number % 3 == 0 else [], start=1)
    ]
    return Letter(f"benchmark/{number:06}", "commitment", f"person.{number}@lea.example", context, meetings)


def put_in_the_outbox(first: int, number: int) -> None:
    """As many new letters."""
    policy = policy_of(SEASON)
    letters = composed((letter_of(n, policy) for n in range(first, first + number)), policy, NOW)
    with transaction() as db:
        queue(db, SEASON, OutboxKind.MAIL, NOW, letters)


def envelopes_of_what_was_sent(first: int) -> list[Envelope]:
    """The same letters as bytes; every one of them must have been sent."""
    policy = policy_of(SEASON)
    with reading() as db:
        query = (
            select(Outbox).where(Outbox.message_key >= f"{SEASON}/benchmark/{first:06}").order_by(Outbox.message_key)
        )
        rows = list(db.scalars(query))
    if any(row.status != OutboxStatus.SENT or row.attempts != 1 for row in rows):
        raise RuntimeError("a letter of this measurement was not sent, or not at once")
    messages = [Message(row.message_key, row.payload, row.created_at, 1, "") for row in rows]
    return [envelope_of(message, policy, "") for message in messages]


def send_with_smtplib(envelopes: Sequence[Envelope]) -> None:
    """The rival."""
    with smtplib.SMTP(settings().smtp_host, settings().smtp_port, timeout=30) as server:
        for envelope in envelopes:
            server.sendmail(envelope.sender, [envelope.recipient], envelope.content)


def measure(number: int) -> dict[str, Any]:
    """Milliseconds a letter, ours and the rival's, in turns; the first round of both is not counted."""
    ours, rivals = [], []
    for turn in range(ROUNDS + 1):
        put_in_the_outbox(turn * number, number)
        started = time.perf_counter()
        send_waiting_letters.fn(SEASON, NOW, credential_of)
        between = time.perf_counter()
        envelopes = envelopes_of_what_was_sent(turn * number)
        begun = time.perf_counter()
        send_with_smtplib(envelopes)
        rivals.append((time.perf_counter() - begun) / number * 1000)
        ours.append((between - started) / number * 1000)
    ratios = [mine / rival for mine, rival in zip(ours[1:], rivals[1:], strict=True)]
    return {
        "letters": number * ROUNDS,
        "milliseconds_a_letter": round(statistics.median(ours[1:]), 2),
        "smtplib_milliseconds_a_letter": round(statistics.median(rivals[1:]), 2),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def measure_in(home: Path, number: int, database: str) -> dict[str, Any]:
    """The measurement with a data directory and a mail server of its own."""
    port, log = free_port(), home / "mail.log"
    os.environ |= {"CADRE_HOME": str(home), "CADRE_DATABASE_URL": database, "CADRE_SMTP_PORT": str(port)}
    settings.cache_clear()
    migrate()
    command = python_module("deployments.cli.main", "sandbox", "mail", "--port", str(port))
    with guarded_process(command, log, {"CADRE_HOME": str(home)}) as process:
        wait_until(lambda: not is_free(port), process, "mail server", log)
        found = measure(number)
    engine_for(settings().database).dispose()
    return {"database": engine_for(settings().database).dialect.name, **found}


def main() -> int:
    """Print the measurement; exit code 1 where a letter costs more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=LETTERS, help="in each of the turns")
    parser.add_argument("--database", default="", help="URL of an empty database; without it SQLite")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cadre-benchmark-") as folder, only_what_we_say():
        found = measure_in(Path(folder), arguments.letters, arguments.database)
    print(json.dumps(found) if arguments.json else "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 1 if found["ratio"] > LIMIT else 0


if __name__ == "__main__":
    raise SystemExit(main())
