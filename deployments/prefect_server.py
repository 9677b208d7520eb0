"""The Prefect server as this program runs it: ``python -m deployments.prefect_server start ...``, like ``prefect server``.

On SQLite, Prefect begins its transactions as readers; one that writes after somebody else has written fails at once with
"database is locked", however long it might wait (docs/decisions/0011). Here each begins as a writer and waits for its turn.
On PostgreSQL nothing is different.
"""

import runpy
import sys
from contextlib import AbstractAsyncContextManager

from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


def begin_as_writers() -> None:
    """Let every transaction of the server's SQLite database take the write lock first."""
    begin = AioSqliteConfiguration.begin_transaction

    def begin_transaction(
        self: AioSqliteConfiguration,
        session: AsyncSession,
        with_for_update: bool = False,  # noqa: ARG001 - Prefect's signature
    ) -> AbstractAsyncContextManager[AsyncSessionTransaction]:
        return begin(self, session, with_for_update=True)

    AioSqliteConfiguration.begin_transaction = begin_transaction  # type: ignore[method-assign, assignment] # what this module is for


if __name__ == "__main__":
    begin_as_writers()
    sys.argv[1:1] = ["server"]
    runpy.run_module("prefect", run_name="__main__")
