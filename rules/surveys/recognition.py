"""Which district an answer means: its NCES id, its state code, or its name as people write it.

Only a match that is both close and clearly closer than every other is taken; anything else goes to an operator with the
candidates. Source: ruling "keyed by its NCES LEA id"; policy ``survey.recognition``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz, process

from rules.rule_ids import RuleId
from schemas.policy import Recognition
from schemas.records import DistrictName, Recognized, Ruling, Unrecognized
from schemas.statuses import Outcome

LEA_ID_DIGITS = 7
GENERIC = frozenset(
    {
        "the", "a", "an", "of", "and", "for", "in", "inc", "public", "school", "schools", "district", "districts",
        "board", "education", "educational", "department", "dept", "town", "city", "central", "system", "sd", "ps",
        "boe", "isd", "usd",
    }
)  # fmt: skip
SPELLINGS = {
    "reg": "regional",
    "region": "regional",
    "rsd": "regional",
    "st": "saint",
    "mt": "mount",
    "acad": "academy",
}
LEAST_INITIALS = 3
CANDIDATES = 3
LEAST_LIKE_PERCENT = 50
_WORD = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class DistrictIndex:
    """A season's districts by everything that names them exactly, and by the words of their names and towns."""

    names: Mapping[str, str]
    by_code: Mapping[str, str]
    by_words: Mapping[str, frozenset[str]]
    by_town: Mapping[str, frozenset[str]]
    by_initials: Mapping[str, frozenset[str]]
    words: Sequence[str] = field(default=())


def index_districts(districts: Iterable[DistrictName]) -> DistrictIndex:
    """Prepare a season's list for recognition."""
    found = list(districts)
    words = _gathered(found, lambda d: map(_words, _written(d.name)))
    return DistrictIndex(
        names={d.lea_id: d.name for d in found},
        by_code=_codes(found),
        by_words=words,
        by_town=_gathered(found, lambda d: [_words(d.town)]),
        by_initials=_gathered(found, lambda d: _initials(d.name)),
        words=tuple(words),
    )


def _codes(districts: Sequence[DistrictName]) -> Mapping[str, str]:
    """Every id and code that belongs to one district only; state codes also without the zeros that spreadsheets drop."""
    found: dict[str, set[str]] = {}
    for d in districts:
        for code in filter(None, (d.lea_id, d.state_code, d.state_code.lstrip("0"))):
            found.setdefault(code, set()).add(d.lea_id)
    ids = {d.lea_id for d in districts}
    return {
        code: code if code in ids else min(owners) for code, owners in found.items() if code in ids or len(owners) == 1
    }


def _gathered(
    districts: Iterable[DistrictName], names: Callable[[DistrictName], Iterable[str]]
) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for district in districts:
        for name in filter(None, names(district)):
            found.setdefault(name, set()).add(district.lea_id)
    return {name: frozenset(owners) for name, owners in found.items()}


def _written(name: str) -> Iterable[str]:
    """A name, and without or only with what stands in brackets: 'Eastern ... Center (EASTCONN)'."""
    inside = re.findall(r"\(([^)]*)\)", name)
    yield re.sub(r"\([^)]*\)", " ", name)
    yield from inside


@lru_cache(maxsize=50_000)
def _words(name: str) -> str:
    """The words that tell one district from another, in one spelling; numbers without leading zeros."""
    words = [SPELLINGS.get(word, word) for word in _WORD.findall(name.lower())]
    telling = [word.lstrip("0") or "0" if word.isdigit() else word for word in words if word not in GENERIC]
    return " ".join(telling) or " ".join(words)


def _initials(name: str) -> Iterable[str]:
    """'CREC' for the Capitol Region Education Council, where a name has enough words to have initials."""
    words = [
        word
        for word in re.findall(r"[A-Za-z]+", re.sub(r"\([^)]*\)", " ", name))
        if word.lower() not in {"of", "and", "the", "for"}
    ]
    if len(words) >= LEAST_INITIALS:
        yield "".join(word[0] for word in words).lower()


def recognize(lea_id: str, name: str, index: DistrictIndex, policy: Recognition) -> Recognized | Unrecognized:
    """The district that an answer means, by its id or code first, then by its name (or by a name in the field of the id)."""
    code = lea_id.strip()
    for form in (code.zfill(LEA_ID_DIGITS) if code.isdigit() else code, code):
        if form in index.by_code:
            return _unless_named_otherwise(index.by_code[form], name, index)
    if code and any(sign.isdigit() for sign in code) and not any(sign.isalpha() for sign in code):
        return _by_name(name, index, policy, f"No district has the id or code {code}.") if name else _no_such(code)
    written = name or code
    return _by_name(written, index, policy, "") if written else Unrecognized("The district is missing.", ())


def _unless_named_otherwise(lea_id: str, name: str, index: DistrictIndex) -> Recognized | Unrecognized:
    """An id is taken unless the name beside it is, word for word, that of another district."""
    owners = index.by_words.get(_words(name), frozenset()) if name else frozenset()
    if not owners or lea_id in owners:
        return Recognized(lea_id, None)
    return Unrecognized(
        f"The id is that of {index.names[lea_id]}, the name is '{name}'.", _named([lea_id, *sorted(owners)], index)
    )


def _no_such(code: str) -> Unrecognized:
    return Unrecognized(f"No district has the id or code {code}.", ())


def _by_name(written: str, index: DistrictIndex, policy: Recognition, before: str) -> Recognized | Unrecognized:
    words = _words(written)
    if before:  # a wrong id beside a name: the two disagree, and a person decides
        return Unrecognized(before, _named(_close(words, index), index))
    exact = (index.by_words.get(words), index.by_initials.get(words.replace(" ", "")), index.by_town.get(words))
    for owners in filter(None, exact):
        if len(owners) == 1:
            return _taken(written, min(owners), index, 100)
        return Unrecognized(f"'{written}' may be any of {len(owners)} districts.", _named(sorted(owners), index))
    return _closest(written, words, index, policy)


def _closest(written: str, words: str, index: DistrictIndex, policy: Recognition) -> Recognized | Unrecognized:
    """The district whose name is closest, if it is close enough and the next one is far enough."""
    scores = _scores(words, index)
    if not scores or scores[0][1] < policy.confidence_percent:
        return Unrecognized(f"No district is called '{written}'.", _named(_close(words, index), index))
    runner_up = scores[1][1] if len(scores) > 1 else 0.0
    if scores[0][1] - runner_up < policy.margin_percent:
        return Unrecognized(
            f"'{written}' may be more than one district.", _named([i for i, _ in scores[:CANDIDATES]], index)
        )
    return _taken(written, scores[0][0], index, scores[0][1])


def _scores(words: str, index: DistrictIndex) -> list[tuple[str, float]]:
    """Districts with how alike their names are (percent), best first; names whose numbers differ are not alike at all."""
    numbers = re.findall(r"\d+", words)
    found: dict[str, float] = {}
    for candidate, score, _ in process.extract(
        words, index.words, scorer=fuzz.token_sort_ratio, limit=20, score_cutoff=LEAST_LIKE_PERCENT
    ):
        for lea_id in index.by_words[candidate] if re.findall(r"\d+", candidate) == numbers else ():
            found[lea_id] = max(found.get(lea_id, 0.0), score)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _close(words: str, index: DistrictIndex) -> list[str]:
    """Whom a name may mean: those of exactly that name, else those whose names hold all its words, else the most alike."""
    exact = index.by_words.get(words) or index.by_initials.get(words.replace(" ", "")) or index.by_town.get(words)
    wanted = set(words.split())
    longer = exact or {i for name, owners in index.by_words.items() if wanted <= set(name.split()) for i in owners}
    return sorted(longer)[:CANDIDATES] if longer else [lea_id for lea_id, _ in _scores(words, index)[:CANDIDATES]]


def _named(lea_ids: Sequence[str], index: DistrictIndex) -> tuple[str, ...]:
    return tuple(f"{index.names[lea_id]} ({lea_id})" for lea_id in lea_ids)


def _taken(written: str, lea_id: str, index: DistrictIndex, score: float) -> Recognized:
    reason = f"'{written}' was recognized as {index.names[lea_id]} ({lea_id}); the names are {score:.0f} % alike."
    return Recognized(lea_id, Ruling(RuleId.DISTRICT_RECOGNIZED, Outcome.RECOGNIZED, reason))
