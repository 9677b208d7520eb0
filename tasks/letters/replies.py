"""What a reply of the mail server makes of a letter, and of all of them."""

from schemas.statuses import OutboxStatus
from tasks.core.step import ServiceDownError
from tasks.letters.outbox import Message, Result, temporary
from tasks.letters.smtp import NAME, Reply, ReplyKind, turned_away

TRIES_THAT_MAY_HAVE_ARRIVED = 5  # each may be one more copy


def domain_of(message: Message) -> str:
    """The domain that a letter goes to."""
    return str(message.payload["to"]).rpartition("@")[2].rstrip(">").lower()


def parts_of(reply: Reply) -> tuple[int, str]:
    """The code of a reply, and its words."""
    code, _, text = reply.text.partition(" ")
    return int(code), text


def fault_of(reply: Reply) -> Exception:
    """What stops all letters after such a reply."""
    if reply.kind is ReplyKind.SUSPECT:
        return turned_away(*parts_of(reply))
    return ServiceDownError(f"{NAME} does not answer: {reply.text}")


def result_of(message: Message, reply: Reply) -> Result:
    """What becomes of a letter after a reply."""
    if reply.kind is ReplyKind.ACCEPTED:
        return Result(OutboxStatus.SENT, "accepted by the mail server")
    if reply.kind is ReplyKind.REFUSED:
        return Result(OutboxStatus.FAILED, f"rejected by the mail server: {reply.text}")
    if reply.kind is ReplyKind.UNSENDABLE:
        return Result(OutboxStatus.FAILED, reply.text)
    is_uncertain = reply.kind is ReplyKind.UNCERTAIN
    return temporary(message, reply.text, TRIES_THAT_MAY_HAVE_ARRIVED if is_uncertain else None)
