"""``cadre sandbox``: servers to try the program against."""

from typing import Literal

from cyclopts import App

from schemas.settings import settings

sandbox_app = App(name="sandbox", help="Servers to try the program against.")


@sandbox_app.command(name="credit-provider")
def sandbox_credit_provider(
    *,
    port: int = 8091,
    faults: Literal["none", "sample", "storm", "chaos"] = "none",
    seed: int = 1,
    silence_seconds: float = 60.0,
    unauthorized_seconds: float = 5.0,
) -> None:
    """Serve a credit provider on loopback; its interface is at /docs."""
    import uvicorn  # noqa: PLC0415 - see above

    from deployments.sandbox.credit_provider import build_app  # noqa: PLC0415 - see above
    from deployments.sandbox.provider_faults import Weather  # noqa: PLC0415 - see above

    weather = Weather(faults, seed, silence_seconds, unauthorized_seconds)
    book = settings().folder / "sandbox" / "credit-provider.db"
    token = settings().provider_token.get_secret_value()
    server = build_app(book, token=token, weather=weather)
    uvicorn.run(server, host="127.0.0.1", port=port, log_level="warning")


@sandbox_app.command(name="survey-tool")
def sandbox_survey_tool(*, port: int = 8092) -> None:
    """Serve a survey tool on loopback; its responses are sandbox/survey-tool.json in the data directory."""
    import uvicorn  # noqa: PLC0415 - see above

    from deployments.sandbox.survey_tool import build_app  # noqa: PLC0415 - see above

    book, token = settings().folder / "sandbox" / "survey-tool.json", settings().survey_token.get_secret_value()
    uvicorn.run(build_app(book, token=token), host="127.0.0.1", port=port, log_level="warning")


@sandbox_app.command(name="letters")
def sandbox_letters(*, port: int = 8026) -> None:
    """Serve pages on loopback on which the letters that the mail server has received can be read."""
    import uvicorn  # noqa: PLC0415 - see above

    from deployments.sandbox.letter_pages import build_app  # noqa: PLC0415 - see above
    from tasks.core.policies import policy_of  # noqa: PLC0415 - see above

    app = build_app(settings().folder / "mail", policy_of(settings().season).zone)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


@sandbox_app.command(name="mail")
def sandbox_mail(
    *, port: int = 8025, security: Literal["none", "starttls", "tls"] = "none", login: str = "", smtputf8: bool = True
) -> None:
    """Serve a mail server on loopback that keeps every copy of a letter as a file in the data directory.

    Its certificate, where it has TLS, is self-made: mail/certificate.pem. A login is written user:password. A file
    mail/faults.json lets it misbehave.
    """
    from deployments.sandbox.mail import serve  # noqa: PLC0415 - see above

    serve(settings().folder / "mail", port, security=security, login=login, is_international=smtputf8)
