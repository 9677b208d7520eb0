"""Delivery of letters: claimed in small groups, sent with no transaction open, each answer committed before the next is sent.

So a sender that is killed costs one letter at most a second copy. Whatever goes wrong with one letter concerns that letter.
"""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from rules.wording import count
from schemas.policy import Policy
from schemas.settings import settings
from schemas.statuses import OutboxKind, OutboxStatus
from tasks.core.circuit_breaker import circuit
from tasks.core.claims import claimant
from tasks.core.database import reading, transaction
from tasks.core.policies import policy_of
from tasks.core.progress import run_log
from tasks.core.step import ItemSetupError, ServiceSetupError, is_transport_fault, step
from tasks.letters.envelope import Envelope, UnsendableAddressError, envelope_of
from tasks.letters.failures import tell_of_failures, tell_of_unsigned
from tasks.letters.mime import message_id
from tasks.letters.outbox import (
    Message,
    Result,
    claim,
    postpone_unsigned,
    prolong,
    record_result,
    release,
    seconds_until_due,
    take_up_unsigned,
    temporary,
    uncount,
    waits_again,
)
from tasks.letters.replies import domain_of, fault_of, parts_of, result_of
from tasks.letters.smtp import NAME, MailConnection, Reply, ReplyKind, turned_away

GROUP_LETTERS = 50
FAULTS_IN_A_ROW = 3  # that need not be the letters': then it is the server, or we
DOMAINS_IN_A_ROW = 3  # at which letters are turned away for a reason that may be ours
REFUSED_DOMAINS_IN_A_ROW = (
    5  # at which mailboxes are refused with none taken between: a server that says so of all means us
)
TURNED_AWAY_IN_A_ROW = 20  # at however few domains, while the server has taken none
POLL_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 600.0  # for a letter that will be due; then the next run is
CredentialOf = Callable[[Session, str], str]


class UnsignedError(Exception):
    """A letter's credential cannot be signed as we are set up; the message says what to do."""


@step
def send_waiting_letters(season: str, as_of: datetime, credential_of: CredentialOf) -> int:
    """Send every letter that is due, until none can be taken up within the time of a claim; how many this sender has sent.

    ``credential_of`` signs the credential of a certificate that goes with a letter. Where it cannot, as it is set up, those
    letters wait and all others are sent.

    Raises:
        ServiceDownError: the mail server cannot be reached; what was sent so far stays recorded as sent.
        ServiceSetupError: the mail server cannot be used as we are set up; no letter fails for it.
        ItemSetupError: everything else was sent, and letters wait for their credentials; operators get a letter too.
    """
    tell_of_failures(season, as_of)
    if seconds_until_due(season, OutboxKind.MAIL, as_of) is None:
        return 0
    take_up_unsigned(season)
    with circuit(NAME), closing(MailConnection()) as connection:
        sender = _Sender(policy_of(season), as_of, credential_of, connection)
        try:
            while sender.send_group() or sender.record_refused() or sender.tell() or _wait(season, as_of):
                pass
            return sender.finish()
        except BaseException:
            for put_right in (sender.record_newest, sender.uncount_turned_away, partial(release, sender.worker)):
                with suppress(DBAPIError):  # else the claims run out
                    put_right()
            raise


def _wait(season: str, as_of: datetime) -> bool:
    """Wait a moment where a letter will be due soon: another sender has claimed it, or it is tried again."""
    seconds = seconds_until_due(season, OutboxKind.MAIL, as_of)
    if seconds is None or seconds > min(settings().outbox_claim_seconds, LONGEST_WAIT_SECONDS):
        return False
    time.sleep(min(seconds + 0.01, POLL_SECONDS))
    return True


@dataclass(slots=True)
class _Sender:
    """One sender at work: its claims, its connection, and how many letters went wrong one after the other.

    What became of a letter is committed while the server looks at the addresses of the next one: before that one is sent. The
    next one is composed while the server takes this one.
    """

    policy: Policy
    as_of: datetime
    credential_of: CredentialOf
    connection: MailConnection
    worker: str = field(default_factory=claimant)
    sent: int = 0
    faults_in_a_row: int = 0
    domains_in_a_row: set[str] = field(default_factory=set)  # at which the letters of these faults were turned away
    newest_fault: Reply | None = None
    turned_away: set[str] = field(default_factory=set)  # letters for which it may be us, before any was taken
    newest: tuple[Message, Result] | None = None  # what is not recorded yet
    refused: list[tuple[Message, Result]] = field(default_factory=list)  # since a letter was taken; not recorded yet
    composed: tuple[Message, Envelope] | None = None  # the next letter, if it could be composed
    unsigned: list[str] = field(default_factory=list)  # why not, for each letter that waits for its credential

    def send_group(self) -> int:
        """Take up a group of letters and send them; how many there were."""
        claimed_at = time.monotonic()
        messages = claim(self.policy.season, OutboxKind.MAIL, self.as_of, self.worker, GROUP_LETTERS)
        held = frozenset(message.key for message in messages)
        for number, message in enumerate(messages):
            if time.monotonic() - claimed_at > settings().outbox_claim_seconds / 2:
                claimed_at = time.monotonic()
                held = prolong(self.worker, [item.key for item in messages[number:]])
            if message.key in held:
                self._deliver(message, next(iter(messages[number + 1 :]), None))
        self.record_newest()
        return len(messages)

    def _deliver(self, message: Message, following: Message | None) -> None:
        """Send one letter, and keep what became of it until ``record_newest``; compose the ``following`` one meanwhile.

        Raises:
            ServiceDownError: the mail server has gone, or no connection lasts for a letter.
            ServiceSetupError: the mail server takes nothing from us.
        """
        try:
            reply = self._send(message, following)
        except UnsignedError as error:
            postpone_unsigned(message, str(error))
            self.unsigned.append(str(error))
            return
        except Exception as error:
            if is_transport_fault(error) or isinstance(error, ServiceSetupError | DBAPIError):
                raise  # the database's fault too is no letter's: it may be that of the record of the one before
            run_log().error("the letter %s could not be sent: %s", message_id(message.key), type(error).__name__)
            self._keep(message, temporary(message, f"{type(error).__name__}: {error}"))
            return
        if reply.kind is ReplyKind.REFUSED:
            self._hold(message, reply)
        else:
            if reply.kind is ReplyKind.ACCEPTED:
                self.record_refused()
            self._keep(message, self._what_becomes(message, reply))
        self._count(message, reply)

    def _send(self, message: Message, following: Message | None) -> Reply:
        composed, self.composed = self.composed, None
        try:
            envelope = composed[1] if composed and composed[0] is message else self._envelope(message)
        except UnsendableAddressError as error:
            return Reply(ReplyKind.UNSENDABLE, str(error))
        return self.connection.send(envelope, self.record_newest, partial(self._compose, following))

    def _envelope(self, message: Message) -> Envelope:
        return envelope_of(message, self.policy, self._credential(message))

    def _compose(self, message: Message | None) -> None:
        """Compose a letter ahead; whatever is wrong with it shows when it is its turn."""
        with suppress(Exception):
            self.composed = (message, self._envelope(message)) if message else None

    def _credential(self, message: Message) -> str:
        """The signed credential that goes with a letter: signed when it is sent, so that no key is in the database."""
        if "credential" not in message.payload:
            return ""
        try:
            with reading() as db:
                return self.credential_of(db, message.payload["credential"])
        except ServiceSetupError as error:
            raise UnsignedError(str(error)) from error

    def _keep(self, message: Message, result: Result) -> None:
        self.record_newest()  # which was not done yet where no server was asked about this letter
        self.newest = message, result

    def record_newest(self) -> None:
        """Commit what became of the newest letter."""
        if self.newest is None:
            return
        message, result = self.newest
        self._record(message, result)
        self.newest = None
        self.sent += result.status == OutboxStatus.SENT

    def _record(self, message: Message, result: Result) -> None:
        with transaction() as db:
            is_ours = record_result(db, message, result, self.as_of)
        if not is_ours:
            run_log().warning("another sender has taken up the letter %s: its claim ran out", message_id(message.key))

    def _hold(self, message: Message, reply: Reply) -> None:
        """Keep a refusal until a letter is taken, or none is left: a server that refuses everybody may mean us.

        Raises:
            ServiceSetupError: mailboxes of many domains were refused one after the other; none of these letters fails.
        """
        self.refused.append((message, result_of(message, reply)))
        if len({domain_of(held) for held, _ in self.refused}) >= REFUSED_DOMAINS_IN_A_ROW:
            raise turned_away(*parts_of(reply))

    def record_refused(self) -> int:
        """Commit the refusals that are held; how many there were."""
        found, self.refused = self.refused, []
        for message, result in found:
            self._record(message, result)
        return len(found)

    def _what_becomes(self, message: Message, reply: Reply) -> Result:
        """What becomes of a letter: one that is turned away before the server has taken any cannot fail, for it may be us."""
        if reply.kind is ReplyKind.SUSPECT and not self.sent:
            self.turned_away.add(message.key)
            return waits_again(message, reply.text)
        return result_of(message, reply)

    def _count(self, message: Message, reply: Reply) -> None:
        """Stop where letter after letter fails for a reason that need not be its own."""
        is_suspect = reply.kind is ReplyKind.SUSPECT
        is_fault = is_suspect or reply.kind in {ReplyKind.LOST, ReplyKind.UNCERTAIN}
        self.faults_in_a_row = self.faults_in_a_row + 1 if is_fault else 0
        self.newest_fault = reply if is_fault else None
        if not is_fault:
            self.domains_in_a_row.clear()
        elif is_suspect:
            self.domains_in_a_row.add(domain_of(message))
        if is_fault and self._is_ours(is_suspect=is_suspect):
            raise fault_of(reply)

    def _is_ours(self, *, is_suspect: bool) -> bool:
        """Whether it is the server or we, and not the letters. One domain that turns us away keeps nobody else waiting."""
        if not is_suspect:
            return self.faults_in_a_row >= FAULTS_IN_A_ROW
        many = self.faults_in_a_row >= TURNED_AWAY_IN_A_ROW and not self.sent
        return many or len(self.domains_in_a_row) >= DOMAINS_IN_A_ROW

    def uncount_turned_away(self) -> None:
        """Where the server has taken no letter at all it was not the letters that were turned away: no try is counted.

        Nor is the one of a refusal that was not recorded.
        """
        turned_away = set() if self.sent else self.turned_away
        if found := turned_away | {message.key for message, _ in self.refused}:
            uncount(found)
        self.turned_away.clear()
        self.refused.clear()

    def tell(self) -> int:
        """Write to the operators what failed for good, and what waits to be signed; how many new letters that is."""
        season = self.policy.season
        waits = tell_of_unsigned(season, self.as_of, self.unsigned[0]) if self.unsigned else 0
        return tell_of_failures(season, self.as_of) + waits

    def finish(self) -> int:
        """How many letters were sent.

        Raises:
            ItemSetupError: letters wait to be signed; or none was sent, and the last was turned away for a reason that may
                be ours.
        """
        self.uncount_turned_away()
        if self.unsigned:
            waiting = count(len(self.unsigned), "letter waits", "letters wait")
            raise ItemSetupError(f"{waiting} to be signed. {self.unsigned[0]}")
        fault = self.newest_fault
        if fault and fault.kind is ReplyKind.SUSPECT and not self.sent:
            raise ItemSetupError(str(fault_of(fault)))
        return self.sent
