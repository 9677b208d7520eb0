"""The policy of the next season, drafted from an earlier one: every line as it was, but for its dates and what follows.

The file is changed as text, so that the operators' comments and order stay.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rules.next_season import MovedDay, move_day, to_decide, weeks_to_move
from schemas.policy import Policy, read_policy
from tasks.core.durable_files import write_durably
from tasks.core.policies import state_holidays
from tasks.ledger.unit_of_work import OperatorError

DAY = re.compile(r"\b\d{4}-\d\d-\d\d")
SECTION = re.compile(r"^\[([\w.]+)\]")
ENTRY = re.compile(r"^([\w.-]+|\"[\w.-]+\") = ")
SOURCE = re.compile(r'^"([\w.]+)" = "(.*)"$')
# What an earlier draft has written, where this one is made of a policy that was drafted itself.
DRAFTED = re.compile(r"  # \w+day; \d{4}: .*$")
DECIDED = "# TO DECIDE for "
BY_ANALOGY = re.compile(r"^by analogy to \d{4}, for the agency to confirm; ")
OF_ONE_YEAR = frozenset({"cohorts.closed_on", "review.absent_weeks"})  # days of districts' and people's own calendars


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a drafted policy, every day that was moved, and what a person must decide, by key."""

    text: str
    moved: Sequence[MovedDay]
    to_decide: Sequence[tuple[str, str]]


def draft_policy(season: str, source: Path) -> Draft:
    """The policy of another year by analogy to the one in ``source``.

    Raises:
        PolicyError: the policy to draft from is missing or does not validate.
        OperatorError: the season is not a year, or not a later one.
    """
    policy = read_policy(source)
    if not re.fullmatch(r"\d{4}", season) or season <= policy.season:
        raise OperatorError(f"{season} is not a year after {policy.season}; write the year of the new season, as 2027.")
    drafting = _Drafting(policy, season)
    text = "\n".join(drafting.lines(source.read_text(encoding="utf-8").splitlines())) + "\n"
    return Draft(text, drafting.moved, drafting.decided)


def write_draft(draft: Draft, path: Path) -> None:
    """Write a draft where there is no policy yet.

    Raises:
        OperatorError: there is a file already, which nobody but its owner may change.
        PolicyError: the draft does not validate.
    """
    if path.exists():
        raise OperatorError(f"{path} is there already; remove it, or name another file with --out.")
    write_durably(path, draft.text.encode())
    read_policy(path)


class _Drafting:
    """One pass over the lines of a policy file."""

    def __init__(self, policy: Policy, season: str) -> None:
        years = int(season) - int(policy.season)
        self.moved: list[MovedDay] = []
        self.decided: list[tuple[str, str]] = []
        self._before, self._season = policy.season, season
        self._weeks = weeks_to_move(policy.survey.opens_on, years)
        self._closed = state_holidays(policy.survey.opens_on.year, policy.survey.opens_on.year + years + 2)
        self._section = ""

    def lines(self, lines: Sequence[str]) -> Iterator[str]:
        for line in lines:
            section = SECTION.match(line)
            self._section = section[1] if section else self._section
            if line.startswith(DECIDED) or (self._section in OF_ONE_YEAR and ENTRY.match(line)):
                continue
            yield from self._decision(line)
            yield self._source(line) if self._section == "sources" else self._line(DRAFTED.sub("", line))

    def _decision(self, line: str) -> Iterator[str]:
        """A comment above what a person must decide."""
        entry = ENTRY.match(line)
        key = self._section if SECTION.match(line) else f"{self._section}.{entry[1]}" if entry else ""
        what = to_decide(key)
        if what:
            self.decided.append((key, what))
            yield f"{DECIDED}{self._season}: {what}."

    def _line(self, line: str) -> str:
        entry = ENTRY.match(line)
        if not entry or line.startswith("#"):
            return line.replace(f"Season {self._before}", f"Season {self._season}").replace(
                f"{self._before}.toml", f"{self._season}.toml"
            )
        if entry[1] == "season" and not self._section:
            return f'season = "{self._season}"'
        key = f"{self._section}.{entry[1]}"
        told = list[str]()
        text = DAY.sub(lambda found: self._move(key, found[0], told), line)
        return f"{text}  # {'; '.join(told)}" if told else text

    def _move(self, key: str, written: str, told: list[str]) -> str:
        day = move_day(key, date.fromisoformat(written), self._weeks, self._closed)
        self.moved.append(day)
        told.append(f"{day.after:%A}; {self._before}: {day.before:%A, %B} {day.before.day}" + _because(day))
        return day.after.isoformat()

    def _source(self, line: str) -> str:
        """The clause of a date that was moved says that it stands by analogy, and keeps what it was."""
        found = SOURCE.match(line)
        if not found or not any(f"{day.key}.".startswith(f"{found[1]}.") for day in self.moved):
            return line
        clause = BY_ANALOGY.sub("", found[2])
        stated = clause if clause != found[2] else f"{self._before}: {clause}"
        return f'"{found[1]}" = "by analogy to {self._before}, for the agency to confirm; {stated}"'


def _because(day: MovedDay) -> str:
    return f"; {day.reason}" if day.reason else ""
