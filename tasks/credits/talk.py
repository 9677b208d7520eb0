"""A talk with the credit provider about many requests: what goes wrong with one of them is kept, and stops no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from rules.wording import count
from schemas.tables import Outbox
from tasks.core.step import ItemSetupError, ServiceDownError, ServiceSetupError, UnansweredError
from tasks.credits.provider_contract import TranscriptAnswer
from tasks.ledger.unit_of_work import Work
from tasks.letters.outbox import next_try_at

DOWN_AFTER = 3  # requests in a row without an answer: then it is not the requests
LOOK_UP = "The column answer of the table outbox says which; ask the provider, or end the request."
T = TypeVar("T")


@dataclass(slots=True)
class Talk:
    """What the provider said of each request that was asked about (none: it never had it), and what went wrong with which.

    ``unanswered`` are those that got no answer in all of their tries, ``put_off``: how many waited for that reason before.
    """

    answers: dict[str, TranscriptAnswer | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    put_off: int = 0
    _in_a_row: int = 0

    def ask(self, key: str, question: Callable[[], TranscriptAnswer | None]) -> None:
        """Ask about one request; a fault that is only about it is kept, every other one is raised.

        Raises:
            UnansweredError: this is the third one in a row that got no answer.
        """
        self.asked.add(key)
        try:
            self.answers[key] = question()
            self._in_a_row = 0
        except ItemSetupError as error:
            self.faults[key] = str(error)
            self._in_a_row = 0
        except UnansweredError as error:
            if self._is_down(key, error):
                raise
        except (ServiceSetupError, ServiceDownError, SQLAlchemyError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this request; its text may hold values of it
            self.faults[key] = f"The program could not ask ({type(error).__name__}); call an engineer."

    def _is_down(self, key: str, error: UnansweredError) -> bool:
        """Keep that a request got no answer; whether it is the provider, as far as we can tell, and not the request."""
        self.faults[key] = f"{str(error).capitalize()}."
        self.unanswered.add(key)
        self._in_a_row += 1
        return self._in_a_row >= DOWN_AFTER

    def note(self, db: Session, key: str) -> None:
        """Keep at a request what went wrong with it, if anything; one without an answer waits, twice as long each time."""
        row = db.get_one(Outbox, key)
        row.answer = self.faults.get(key, "")
        if key in self.unanswered:
            row.attempts += 1
            row.next_attempt_at = next_try_at(row.attempts)

    def record(self, work: Work, key: str, write: Callable[[], T]) -> T | None:
        """Write what is known of one request, with its decisions and letters; where that fails, nothing of it is left.

        Raises:
            OperationalError: the database failed, not the request.
        """
        try:
            with work.all_or_nothing():
                written = write()
                work.write_out()
                return written
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            self.faults[key] = f"Its answer could not be recorded ({type(error).__name__}); call an engineer."
            return None

    def require_no_fault(self) -> None:
        """Fail where a request could not be taken as it is, or got no answer, or still waits since it got none.

        Raises:
            ItemSetupError: how many, and where to look.
        """
        wrong = {key: told for key, told in self.faults.items() if key not in self.unanswered}
        silent = {key: self.faults[key] for key in self.unanswered}
        told = _told(len(wrong), wrong.values(), "cannot be taken by the credit provider as they are")
        told += _told(len(silent) + self.put_off, silent.values(), "got no answer from it and wait for a later run")
        if told:
            raise ItemSetupError(" ".join([*told, LOOK_UP]))


def _told(number: int, reasons: Iterable[str], what: str) -> list[str]:
    requests = count(number, "request for credits", "requests for credits")
    return [f"{requests} {what}; the others went on.", *sorted(set(reasons))] if number else []
