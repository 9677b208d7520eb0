"""Opt-ins to requests to transcripts, through a real Prefect server and a real provider."""

from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.system import Secret
from sqlalchemy import select

from schemas.kinds import InputKind
from schemas.settings import settings
from schemas.statuses import CreditStatus, Disposition
from schemas.tables import CreditRequest, Decision, IntakeRow, Selection
from tasks.core.database import reading
from tasks.credits.provider import provider_token
from tasks.credits.requests import request_credits_again, settle_opt_ins
from tasks.credits.sending import send_transcript_requests
from tasks.intake.pipeline import stage_files
from tasks.ledger.unit_of_work import OperatorError
from tasks.season.control_totals import tally
from tests.factories.letters.written import letters_written
from tests.factories.season import csv_file, policy, store_rows
from tests.put_back import put_back
from tests.tasks.credits.conftest import Provider
from tests.tasks.credits.request_books import LATER, NOW, end, found, request, status

pytestmark = pytest.mark.xdist_group("sqlite")


def test_the_token_comes_from_the_secret_block_and_else_from_the_environment(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN", "from-the-environment")
    monkeypatch.setenv("CADRE_PROVIDER_TOKEN_BLOCK", "token-of-this-test")
    settings.cache_clear()
    assert server.api_url
    assert provider_token(settings()) == "from-the-environment"
    Secret(value="from-the-block").save("token-of-this-test")
    assert provider_token(settings()) == "from-the-block"


def completed(email: str) -> None:
    """The participant has completed enough coursework for two credits."""
    day = NOW.date()
    courses = list(policy().academy.courses)
    store_rows(
        Selection,
        *(
            {"season": "2022", "email": email, "course": name, "selected_on": day, "completed_on": day}
            for name in courses
        ),
    )


def again(email: str, reason: str = "the record was mended") -> int:
    return int(request_credits_again.fn("2022", email, "academy", reason, requested_by="operator", as_of=LATER))


@pytest.mark.parametrize("ended", [CreditStatus.REFUSED, CreditStatus.REFUNDED, CreditStatus.VOID])
def test_credits_that_were_refused_or_ended_are_requested_again_as_a_new_line_under_a_new_key(
    provider: Provider, ended: CreditStatus
) -> None:
    ada = request("ada")
    completed(ada)
    first = found(ada).request_key
    with pytest.raises(OperatorError, match="has not ended"):
        again(ada)
    put_back(CreditRequest, "2022", ada, "academy", 1, status=ended)
    assert again(ada) == again(ada) == 2
    assert (status(ada), status(ada, 2)) == (ended, CreditStatus.PENDING)
    send_transcript_requests.fn("2022", LATER)
    assert status(ada, 2) == CreditStatus.REQUESTED
    assert list(provider.has()) == [found(ada, 2).request_key] != [first]
    assert "lea.example" not in found(ada, 2).request_key
    assert len(letters_written("credit_requested")) == 1
    assert tally("2022", "transcripts").holds
    with reading() as db:
        assert "credits are requested again" in " ".join(db.scalars(select(Decision.reason)))


def test_to_withdraw_once_more_leaves_alone_what_was_requested_again_since(provider: Provider) -> None:
    ada = request("ada")
    completed(ada)
    send_transcript_requests.fn("2022", NOW)
    reason = end(ada)
    assert again(ada) == 2
    send_transcript_requests.fn("2022", LATER)
    assert end(ada) == reason
    assert (status(ada), status(ada, 2)) == (CreditStatus.REFUNDED, CreditStatus.REQUESTED)
    assert sorted(provider.has().values()).count("cancelled") == 1


@pytest.mark.usefixtures("provider")
def test_what_was_never_requested_or_may_not_be_had_is_not_requested_again() -> None:
    with pytest.raises(OperatorError, match="has requested no such credits"):
        again("nobody@lea.example")
    ada = request("ada")
    end(ada)
    with pytest.raises(OperatorError, match="A reason is needed"):
        again(ada, " ")
    with pytest.raises(OperatorError, match="one credit takes"):
        again(ada)


@pytest.mark.parametrize(
    ("opted_in_at", "disposition", "made"),
    [
        ("2023-06-02 09:00:00", Disposition.ACCEPTED, 1),
        ("2023-05-01 09:00:00", Disposition.SUPERSEDED, 0),
        ("", Disposition.SUPERSEDED, 0),
    ],
)
@pytest.mark.usefixtures("provider")
def test_an_opt_in_asks_again_only_if_it_is_newer_than_the_end_of_the_request(
    tmp_path: Path, opted_in_at: str, disposition: Disposition, made: int
) -> None:
    ada = request("ada")
    completed(ada)
    end(ada)
    row = {"email": ada, "component": "academy", "credits": "1", "opted_in_at": opted_in_at}
    stage_files.fn("2022", InputKind.CREDIT, LATER, [csv_file(tmp_path / "credits.csv", [row])])
    assert settle_opt_ins.fn("2022", LATER) == made
    with reading() as db:
        assert list(db.scalars(select(IntakeRow.disposition))) == [disposition]
        assert len(list(db.scalars(select(CreditRequest)))) == 1 + made
    assert tally("2022", "transcripts").holds


@pytest.mark.usefixtures("provider")
def test_who_requests_again_is_told_that_it_is_a_new_request_and_that_the_earlier_one_costs_nothing() -> None:
    ada = request("ada")
    completed(ada)
    end(ada)
    again(ada)
    (letter,) = letters_written("credit_requested")
    assert "This is a new request, number 2 for these credits." in letter["body"]
    assert "you pay nothing for it" in letter["body"]
