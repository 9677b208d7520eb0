"""Chance that can be had again: every draw follows from the seed and from whom it is about, never from the order of draws."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

FIRST_NAMES = tuple(
    """Ada Alma Amir Anika Arlo Bela Bram Cato Celia Cora Dario Dina Edda Elio Emre Enzo Faye Finn Gita Hana Hugo Ida Ines
    Ivo Jana Jonas Juno Kaya Kenji Lara Leif Lena Lior Luca Maia Malik Mara Milo Mina Nadia Nico Noor Odin Olga Omar Petra
    Quin Rafi Rhea Rosa Sami Selma Tara Theo Tilda Uma Vera Viggo Wren Yara Yuri Zeno Zora""".split()  # noqa: SIM905 - shorter
)
LAST_SYLLABLES = (
    (
        "Al",
        "Bar",
        "Cor",
        "Dal",
        "El",
        "Fen",
        "Gar",
        "Hol",
        "Il",
        "Jor",
        "Kel",
        "Lam",
        "Mar",
        "Nor",
        "Or",
        "Pel",
        "Ros",
        "Sil",
    ),
    ("ba", "de", "fi", "go", "la", "mi", "no", "ra", "se", "ti", "vo", "we"),
    ("cott", "dell", "fort", "gren", "land", "ley", "mann", "nes", "rick", "son", "ton", "well", "witz", "yama"),
)


def chance(seed: int, *about: object) -> random.Random:
    """A generator for one draw about one thing."""
    text = "/".join([str(seed), *map(str, about)])
    return random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - a simulator's dice, not a secret


def happens(probability: float, seed: int, *about: object) -> bool:
    """Whether something of a given probability happens."""
    return chance(seed, *about).random() < probability


def pick(options: Sequence[T], seed: int, *about: object) -> T:
    """One of the options."""
    return chance(seed, *about).choice(options)


def name_of(seed: int, *about: object) -> tuple[str, str]:
    """A generated first and last name."""
    draw = chance(seed, "name", *about)
    return draw.choice(FIRST_NAMES), "".join(draw.choice(part) for part in LAST_SYLLABLES)
