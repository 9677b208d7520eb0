"""Domains that nobody has: those of RFC 2606, and example.edu. A value that names one is an example's, and reaches nobody."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.policy import Policy
from schemas.settings import Settings

TOP_LEVEL = frozenset({"example", "test", "invalid", "localhost"})
SECOND_LEVEL = frozenset({"example.com", "example.org", "example.net", "example.edu"})
# A name with a dot, wherever it stands in a text; after :// or @ one without a dot is a host, too.
HOSTS = re.compile(r"(?:://(?:[^/@\s]*@)?|@)([\w-]+(?:\.[\w-]+)*)|(?<![\w.-])([\w-]+(?:\.[\w-]+)+)")


@dataclass(frozen=True, slots=True)
class ExampleValue:
    """A value that names such a domain: the key or the variable that holds it, and the domain as it stands there."""

    key: str
    domain: str


def example_domains(text: str) -> list[str]:
    """The hosts in a text that lie in a domain of examples, as they are written; small and capital letters are alike."""
    hosts = (found[1] or found[2] for found in HOSTS.finditer(text))
    return [host for host in hosts if _is_example(host)]


def _is_example(host: str) -> bool:
    labels = host.lower().split(".")
    return labels[-1] in TOP_LEVEL or ".".join(labels[-2:]) in SECOND_LEVEL


def examples_in_policy(policy: Policy) -> list[ExampleValue]:
    """Every text of a policy that names such a domain, by its key from the top on: ``letters.sender``."""
    return [ExampleValue(key, domain) for key, text in _texts(policy.model_dump()) for domain in example_domains(text)]


def examples_in_settings(config: Settings) -> list[ExampleValue]:
    """Every setting that names such a domain, by its variable; secrets are not looked into."""
    values = {f"CADRE_{name}".upper(): getattr(config, name) for name in Settings.model_fields}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    texts |= {name: f"@{text}" for name, text in texts.items() if name.endswith("_HOST")}
    return [ExampleValue(name, domain) for name, text in texts.items() for domain in example_domains(text)[:1]]


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a tree, with its key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, Sequence | set | frozenset):
        for index, part in enumerate(value):
            yield from _texts(part, f"{key}[{index}]")
