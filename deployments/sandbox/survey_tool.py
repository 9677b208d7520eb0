"""A survey tool to try the program against: responses over HTTP, page by page, with a token and an ETag.

Its responses are a JSON file; a change of the file is a change of the ETag.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi.responses import JSONResponse, Response


def build_app(book: Path, *, token: str) -> FastAPI:
    """The tool's interface over the responses in ``book``, a JSON list."""
    app = FastAPI(title="Survey tool (sandbox)")

    def allowed(authorization: Annotated[str, Header()] = "") -> None:
        if authorization != f"Bearer {token}":
            raise HTTPException(401, "the token is not known")

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/responses", dependencies=[Depends(allowed)])
    def responses(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: Annotated[int, Query(ge=0)] = 0,
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        content = book.read_bytes() if book.exists() else b"[]"
        etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        if if_none_match == etag:
            return Response(status_code=304, headers={"ETag": etag})
        found: list[dict[str, Any]] = orjson.loads(content)
        following = after + limit
        more = f"/v1/responses?limit={limit}&after={following}" if following < len(found) else None
        return JSONResponse({"responses": found[after:following], "next": more}, headers={"ETag": etag})

    return app
