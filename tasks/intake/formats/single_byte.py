"""Which encoding of one byte a letter a text has: Windows (cp1252), or that of old Macs (Mac Roman), told from the words.

Both give every byte a sign, so only the words tell: in "Andr\\x8e" the byte is "é" on a Mac, and the capital "Ž" behind a
small letter on Windows. ``charset-normalizer`` was tried first: of short texts, as names in a survey are, it takes "Andr\\x8e"
and capitals ("ANDR\\xc9") for the other one.
"""

import re
from collections.abc import Iterable

CANDIDATES = ("cp1252", "mac-roman")  # of two that are as likely, the first
APOSTROPHE, OPENING, CLOSING = "\u2019", "\u201c\u2018\u201e", "\u201d"
SAMPLE_BYTES = 256 * 1024
_WORD = re.compile(rb"[A-Za-z'\x80-\xff]{0,40}[\x80-\xff][A-Za-z'\x80-\xff]{0,40}")
_USUAL = frozenset("áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜ")
_SIGNS = frozenset("\u2013\u2014…•·\xa0©®™°«»€£§½¼¾²³±")
_ENDINGS = ("s", "t", "m", "d", "re", "ll", "ve", "")
_NAMES = ("O", "D", "L", "o", "d", "l")
_BEHIND_C = ("a", "o", "u", "ã", "õ", "á", "ó")
_FITS, _NEVER = 1.0, -2.0


def sampled_words(block: bytes, room: int) -> list[bytes]:
    """The words of a block with bytes beyond ASCII, each with the byte before and after it, of about so many bytes."""
    found: list[bytes] = []
    for match in _WORD.finditer(block):
        found.append(b" " + match[0] + b" ")
        room -= len(match[0])
        if room <= 0:
            break
    return found


def likelier_encoding(words: Iterable[bytes]) -> str:
    """The encoding in which the words look most like words."""
    different = set(words)
    return max(CANDIDATES, key=lambda encoding: sum(_likeness(word, encoding) for word in different))


def _likeness(word: bytes, encoding: str) -> float:
    text = word.decode(encoding, errors="replace")
    return sum(_fit(text, place) for place, sign in enumerate(text) if not sign.isascii())


def _fit(text: str, place: int) -> float:
    before, sign, after = text[:place], text[place], text[place + 1 :]
    if sign == APOSTROPHE:
        return _apostrophe(before.strip(), after.strip())
    if sign in OPENING:
        return _FITS if not before[-1:].isalpha() and after[:1].isalpha() else _NEVER / 2
    if sign == CLOSING:
        return _FITS if not after[:1].isalpha() and before[-1:].isalpha() else _NEVER / 2
    if sign.isalpha() and sign in _USUAL:
        is_misplaced = sign.isupper() and before[-1:].islower()
        is_lone_small = sign.islower() and before[-1:].isupper() and len(before.strip()) > 1
        is_alone = not before[-1:].isalpha() and not after[:1].isalpha()
        is_soft_c = sign in "çÇ" and after[:1].lower() not in _BEHIND_C
        return _NEVER if is_misplaced or is_lone_small or is_alone or is_soft_c else _FITS
    if sign in _SIGNS and not (before[-1:].isalpha() and after[:1].isalpha()):
        return _FITS / 2
    return _NEVER


def _apostrophe(before: str, after: str) -> float:
    """An apostrophe as English writes it (Andy's, O'Neil), or at a word's end; elsewhere a letter is likelier."""
    if before in _NAMES and after[:1].isupper():
        return 1.5 * _FITS
    return 1.5 * _FITS if before[-1:].isalpha() and after.lower() in _ENDINGS else _NEVER / 4
