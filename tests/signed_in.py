"""Plain HTTP to the Prefect server, as its own page talks to it: signed in, and with the token that every change needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx


@contextmanager
def signed_in(api_url: str, auth: str) -> Iterator[httpx.Client]:
    """A client that may read and change everything."""
    user, _, password = auth.partition(":")
    with httpx.Client(base_url=api_url, auth=(user, password), timeout=30) as http:
        me = str(uuid4())
        token = http.get("/csrf-token", params={"client": me}).raise_for_status().json()["token"]
        http.headers.update({"Prefect-Csrf-Client": me, "Prefect-Csrf-Token": token})
        yield http
