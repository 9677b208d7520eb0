"""Strict order over whole histories: the rules against a model that is written from the ruling's sentences alone."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from rules.seats.allocation import allocate, waitlist_order
from rules.seats.rounds import apply_line, served_by_release, too_many_seats, would_overtake
from schemas.records import Component, SeatDecision, SeatRequest
from tests.factories.seats import seat_request

CERTIFICATION = Component.CERTIFICATION


class Model:
    """Nobody is overtaken: what is left goes down the line; who takes less than is offered does not wait for more."""

    def __init__(self) -> None:
        self.left, self.line = 0, list[list[int]]()  # of each request, in order: seats that wait, seats held

    def ask(self, seats: int) -> None:
        self.line.append([seats, 0])

    def serve(self) -> None:
        for request in self.line:
            offered = min(request[0], self.left)
            request[:], self.left = [request[0] - offered, request[1] + offered], self.left - offered

    def keep(self, index: int, seats: int) -> None:
        waits, held = self.line[index]
        back = max(held - seats, 0)
        self.line[index], self.left = [0 if back else waits, held - back], self.left + back


@dataclass
class Books:
    """The requests as the program keeps them, and the seats of the grant that are not given."""

    left: int = 0
    requests: list[SeatRequest] = field(default_factory=list)
    proposal: tuple[SeatDecision, ...] = ()
    is_round_open: bool = False
    undecided: set[str] = field(default_factory=set)

    def ask(self, seats: int, minute: int | None = None) -> None:
        number = len(self.requests) + 1
        self.requests.append(seat_request(seats, number if minute is None else minute, f"09{number:05d}"))
        self.undecided.add(self.requests[-1].key)

    def in_order(self) -> tuple[SeatDecision, ...]:
        return allocate([r for r in self.requests if r.seats_open], {CERTIFICATION: self.left}, {})

    def write(self, decision: SeatDecision) -> None:
        index = next(i for i, r in enumerate(self.requests) if r.key == decision.request.key)
        found = self.requests[index]
        self.requests[index] = replace(found, seats_confirmed=found.seats_confirmed + decision.seats_confirmed)
        self.left -= decision.seats_confirmed
        assert self.left >= 0

    def keep(self, index: int, seats: int) -> None:
        found = self.requests[index]
        back = max(found.seats_confirmed - seats, 0)
        rest = found.seats_open if back else 0
        released = back  # is neither open nor held any more
        kept = replace(found, seats_confirmed=found.seats_confirmed - back)
        self.requests[index] = replace(kept, seats_requested=kept.seats_requested - released - rest)
        self.left += back


actions = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 40), st.just(0)),
    st.tuples(st.just("grow"), st.integers(1, 60), st.just(0)),
    st.tuples(st.just("serve"), st.just(0), st.just(0)),
    st.tuples(st.just("keep"), st.integers(0, 30), st.integers(0, 40)),  # an answer, a lapse (0), or a release
)


@given(st.lists(actions, max_size=40))
def test_over_any_history_the_rules_and_the_model_give_the_same_seats_to_the_same_requests(
    history: list[tuple[str, int, int]],
) -> None:
    model, books = Model(), Books()
    for what, number, seats in history:
        if what == "ask":
            model.ask(number)
            books.ask(number)
        elif what == "grow":
            model.left += number
            books.left += number
        elif what == "serve":
            model.serve()
            for decision in books.in_order():
                books.write(decision)
        elif books.requests:
            index = number % len(books.requests)
            model.keep(index, seats)
            books.keep(index, seats)
        assert [[r.seats_open, r.seats_confirmed] for r in books.requests] == model.line
        assert books.left == model.left


def propose(books: Books) -> None:
    books.proposal, books.is_round_open = books.in_order(), True


def apply_round(books: Books) -> list[SeatDecision]:
    """The lines that an approved round gives; none where it is void."""
    books.is_round_open = False
    open_now = {r.key: r.seats_open for r in books.requests}
    lines = [apply_line(line, open_now[line.request.key]) for line in books.proposal]
    if too_many_seats(lines, {CERTIFICATION: books.left}) or would_overtake(lines, books.in_order()):
        return []
    for line in lines:
        books.write(line)
        books.undecided.discard(line.request.key)
    return lines


def release(books: Books) -> list[SeatDecision]:
    in_round = {line.request.key for line in books.proposal} if books.is_round_open else set()
    served = served_by_release(books.in_order(), books.undecided | in_round)
    for decision in served:
        books.write(decision)
    return served


def assert_nobody_is_overtaken(books: Books, given_now: list[SeatDecision]) -> None:
    """Whoever has a later place has a seat now only if there is room for all that wait before it."""
    served = [decision.request for decision in given_now if decision.seats_confirmed]
    for late in served:
        ahead = sum(r.seats_open for r in books.requests if waitlist_order(r) < waitlist_order(late))
        assert ahead <= books.left


steps = st.one_of(
    st.tuples(st.sampled_from(("ask", "earlier", "grow")), st.integers(1, 40)),
    st.tuples(st.sampled_from(("propose", "apply", "release", "reject")), st.just(0)),
    st.tuples(st.just("keep"), st.integers(0, 30)),
)


@given(st.lists(steps, max_size=40))
def test_neither_a_round_that_was_open_during_releases_nor_a_release_during_a_round_passes_anybody_over(
    history: list[tuple[str, int]],
) -> None:
    books = Books()
    for what, number in history:
        if what == "ask":
            books.ask(number, minute=100 + len(books.requests))
        elif what == "earlier":  # a rejected response that was corrected keeps its early place
            books.ask(number, minute=number)
        elif what == "grow":
            books.left += number
        elif what == "propose" and not books.is_round_open:
            propose(books)
        elif what == "apply" and books.is_round_open:
            assert_nobody_is_overtaken(books, apply_round(books))
        elif what == "reject":
            books.is_round_open = False
        elif what == "release":
            assert_nobody_is_overtaken(books, release(books))
        elif what == "keep" and books.requests:
            index = number % len(books.requests)
            books.keep(index, number // 2)


def test_a_round_is_void_where_a_corrected_response_with_an_earlier_place_would_be_passed_over() -> None:
    books = Books(left=10)
    books.ask(10, minute=50)
    propose(books)
    books.ask(5, minute=1)
    lines = [apply_line(line, 10) for line in books.proposal]
    assert would_overtake(lines, books.in_order()) == (
        "seats for 0900001/certification/1 that an earlier request is waiting for"
    )
    assert apply_round(books) == []
    books.left += 5
    propose(books)
    assert would_overtake(books.proposal, books.in_order()) == ""


def test_a_newer_request_of_a_district_is_not_served_before_an_older_one_that_waits_for_a_round() -> None:
    older = seat_request(5, 1, lea_id="0900001", seats_confirmed=3)
    newer = seat_request(4, 2, lea_id="0900001", request_number=2)
    other = seat_request(6, 3, lea_id="0900002")
    in_order = allocate([newer, other, older], {CERTIFICATION: 20}, {})
    assert [d.request for d in served_by_release(in_order, {older.key})] == [other]
    assert [d.request for d in served_by_release(in_order, {newer.key})] == [older, other]
    assert [d.request for d in served_by_release(in_order, {older.key}, is_last_time=True)] == [newer, other]
