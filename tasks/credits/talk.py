"""A talk with the credit provider about many requests: what goes wrong with one of them is kept, and stops no other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from rules.wording import count
from tasks.core.step import ItemSetupError, ServiceDownError, ServiceSetupError
from tasks.credits.provider_contract import TranscriptAnswer
from tasks.ledger.unit_of_work import Work

T = TypeVar("T")


@dataclass(slots=True)
class Talk:
    """What the provider said of each request that was asked about (none: it never had it), and what went wrong with which."""

    answers: dict[str, TranscriptAnswer | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def ask(self, key: str, question: Callable[[], TranscriptAnswer | None]) -> None:
        """Ask about one request; a fault that is only about it is kept, every other one is raised."""
        self.asked.add(key)
        try:
            self.answers[key] = question()
        except ItemSetupError as error:
            self.faults[key] = str(error)
        except (ServiceSetupError, ServiceDownError, SQLAlchemyError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this request; its text may hold values of it
            self.faults[key] = f"The program could not ask ({type(error).__name__}); call an engineer."

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
        """Fail where a request could not be taken as it is.

        Raises:
            ItemSetupError: how many, and where to look.
        """
        if self.faults:
            wrong = count(len(self.faults), "request for credits", "requests for credits")
            reasons = " ".join(sorted(set(self.faults.values())))
            raise ItemSetupError(
                f"{wrong} cannot be taken by the credit provider as they are; the others went on. {reasons} "
                "The column answer of the table outbox says which; ask the provider, or end the request."
            )
