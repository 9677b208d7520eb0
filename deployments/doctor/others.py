"""Those whom an installation talks to: the Prefect server and its worker, the mail server, the credit provider."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, timedelta
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any
from uuid import uuid4

import httpx

from deployments.catalog import deployments_in_file, season_order
from deployments.doctor.invalid import Problem
from deployments.environment import auth_string, server_note
from deployments.up import POOL
from schemas.policy import Policy
from schemas.settings import Settings
from tasks.core.clock import machine_time
from tasks.core.policies import policy_of
from tasks.core.step import ServiceDownError, ServiceSetupError
from tasks.credits.provider import look_at_provider, provider_token
from tasks.letters.smtp import connect

MOST_SKEW = timedelta(seconds=30)
PATIENCE_SECONDS = 10
SMTP_OK = 250
START = "start `make up`"


def checks_of_others(*, with_letter: bool) -> Mapping[str, Callable[[Settings], Sequence[Problem]]]:
    """The checks by their names, in the order in which they are told."""
    return {
        "Prefect server": prefect_server,
        "mail server": lambda config: mail_server(config, with_letter=with_letter),
        "credit provider": credit_provider,
    }


def prefect_server(config: Settings) -> list[Problem]:
    """Whether it answers and lets us in, has our deployments and a worker, and whether the clocks agree."""
    note = server_note(config)
    if not note.exists():
        return [Problem("Prefect server", "it is not started", START)]
    user, _, password = auth_string(config).partition(":")
    base = f"{note.read_text(encoding='utf-8').strip()}/"
    with httpx.Client(base_url=base, auth=(user, password), timeout=PATIENCE_SECONDS) as http:
        me = str(uuid4())
        try:
            signed_in = http.get("csrf-token", params={"client": me})
        except httpx.HTTPError as error:
            return [Problem("Prefect server", f"it does not answer ({type(error).__name__})", START)]
        if signed_in.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            remedy = "stop `make up`, and start it again: it signs in with what stands in server.auth"
            return [Problem("server.auth", "the server does not let us in", remedy)]
        token = signed_in.raise_for_status().json()["token"]
        http.headers.update({"Prefect-Csrf-Client": me, "Prefect-Csrf-Token": token})
        return [*_clock(signed_in), *_deployments(http), *_pool(http)]


def _clock(response: httpx.Response) -> list[Problem]:
    with suppress(KeyError, ValueError):
        skew = abs(parsedate_to_datetime(response.headers["date"]) - machine_time())
        if skew > MOST_SKEW:
            what = f"this machine's clock and the server's differ by {skew.total_seconds():.0f} seconds"
            return [Problem("clock", what, "let both machines keep time (NTP)")]
    return []


def _deployments(http: httpx.Client) -> list[Problem]:
    found = http.post("deployments/filter", json={"limit": 200}).raise_for_status().json()
    missing = sorted(set(season_order()) - {item["name"] for item in found})
    paused = sorted(item["name"] for item in found if item["paused"])
    again = "start `make up` again, which deploys prefect.yaml"
    unlike, off = _schedules(found)
    return [
        *([Problem("schedules", f"not those of prefect.yaml: {', '.join(unlike)}", again)] if unlike else []),
        *([Problem("schedules", f"turned off: {', '.join(off)}", "turn them on at their deployments")] if off else []),
        *([Problem("deployments", f"not deployed: {', '.join(missing)}", again)] if missing else []),
        *(
            [Problem("deployments", f"paused: {', '.join(paused)}", "resume them on the page Deployments")]
            if paused
            else []
        ),
    ]


def _schedules(deployed: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The deployments whose schedules are not those of the file, and the schedules that somebody has turned off."""
    wanted = {item["name"]: {_written(one, one) for one in item["schedules"]} for item in deployments_in_file()}
    unlike, off = [], []
    for item in deployed:
        has = {_written(one, one["schedule"]) for one in item["schedules"]}
        if item["name"] in wanted and has != wanted[item["name"]]:
            unlike.append(item["name"])
        off += [f"{item['name']} ({one['slug']})" for one in item["schedules"] if not one["active"]]
    return sorted(unlike), sorted(off)


def _written(one: Mapping[str, Any], timing: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(one.get("slug")), str(timing.get("rrule")), str(timing.get("timezone"))


def _pool(http: httpx.Client) -> list[Problem]:
    pool = http.get(f"work_pools/{POOL}")
    if pool.status_code == httpx.codes.NOT_FOUND:
        return [Problem("work pool", f"there is no work pool '{POOL}'", START)]
    if pool.raise_for_status().json()["is_paused"]:
        return [Problem("work pool", f"'{POOL}' is paused, and no run starts", "resume it on the page Work Pools")]
    workers = http.post(f"work_pools/{POOL}/workers/filter", json={}).raise_for_status().json()
    if any(worker["status"] == "ONLINE" for worker in workers):
        return []
    return [Problem("worker", "no worker is online, and no run starts", START)]


def mail_server(config: Settings, *, with_letter: bool) -> list[Problem]:
    """Whether it takes letters from us: encrypted and logged in as the settings say; with a test letter, if wanted."""
    try:
        without_server = {} if server_note(config).exists() else {"smtp_password_block": ""}
        server = connect(config.model_copy(update=without_server))
    except ServiceDownError as error:
        return [Problem("CADRE_SMTP_HOST", str(error), "start it, or correct the address and the port")]
    except ServiceSetupError as error:
        return [Problem("CADRE_SMTP_*", str(error), "correct security, certificates, user, or password")]
    with server:
        if with_letter:
            server.send_message(_letter(policy_of(config.season)))
        elif server.noop()[0] != SMTP_OK:
            return [Problem("CADRE_SMTP_HOST", "it answers, and takes nothing", "ask whoever runs it")]
    return []


def _letter(policy: Policy) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = policy.letters.sender, parseaddr(policy.letters.operators)[1]
    letter["Subject"] = "Test letter of cadre doctor"
    letter.set_content(
        f"Letters of season {policy.season} leave this machine. Sent {machine_time().astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    )
    return letter


def _token(config: Settings) -> str:
    """The provider's token: the server's block, or where there is no server the environment's."""
    is_up = server_note(config).exists()
    return provider_token(config) if is_up else config.provider_token.get_secret_value()


def credit_provider(config: Settings) -> list[Problem]:
    """Whether it knows us: one question that changes nothing."""
    try:
        look_at_provider(_token(config), config.season)
    except (httpx.TransportError, ServiceDownError) as error:
        what = f"it does not answer ({type(error).__name__}: {error})"
        return [Problem("CADRE_PROVIDER_URL", what, "ask the provider, or correct the address")]
    except ServiceSetupError as error:
        return [Problem("CADRE_PROVIDER_TOKEN", str(error), "correct the address or the token")]
    return []
