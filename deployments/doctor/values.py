"""The values of an installation that have no place in production: a sample's, and those that are not there."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from deployments.doctor.disks import network_file_system_of
from deployments.doctor.example_domains import examples_in_policy, examples_in_settings
from deployments.doctor.invalid import Problem
from deployments.doctor.secret_blocks import has_secret_block
from deployments.services import SANDBOX_TOKEN
from schemas.database_urls import problem_of
from schemas.loopback import host_of, is_loopback
from schemas.policy import PolicyError
from schemas.settings import Settings
from tasks.certificates.issuer_keys import key_problem
from tasks.core.policies import policy_of
from tasks.season.seasons import seasons_with_policy

SAMPLE_PASSWORD = "a-password-of-your-own"  # noqa: S105 - what .env.example says in the place of one


def missing_for_production(config: Settings) -> list[Problem]:
    """Every value that is a sample's, and everything that is not there yet; nothing where the installation can start."""
    return [
        *_examples(config),
        *_provider(config),
        *_mail(config),
        *_policies(config),
        *_database(config),
        *_keys(),
    ]


def _examples(config: Settings) -> Iterator[Problem]:
    for found in examples_in_settings(config):
        yield Problem(found.key, f"names {found.domain}, a domain of examples that nobody has", "set the real address")


def _provider(config: Settings) -> Iterator[Problem]:
    host, token = host_of(config.provider_url), config.provider_token.get_secret_value()
    if not config.provider_url.lower().startswith("https://") or not host or is_loopback(host):
        yield Problem(
            "CADRE_PROVIDER_URL", "is not an https address of the credit provider", "set the provider's address"
        )
    if token == SANDBOX_TOKEN or not (token or has_secret_block(config.provider_token_block)):
        remedy = (
            "set the provider's token; once the server is up it can move to a Prefect Secret block "
            f"(CADRE_PROVIDER_TOKEN_BLOCK, now {config.provider_token_block!r})"
        )
        what = "is the sandbox's" if token else "is empty, and there is no Prefect block with it"
        yield Problem("CADRE_PROVIDER_TOKEN", what, remedy)


def _mail(config: Settings) -> Iterator[Problem]:
    if is_loopback(config.smtp_host):
        yield Problem("CADRE_SMTP_HOST", "is this machine, where the sandbox receives letters", "set the mail server")


def _policies(config: Settings) -> Iterator[Problem]:
    seasons = seasons_with_policy()
    if not seasons:
        yield Problem(
            "CADRE_POLICY_FOLDER", f"{config.policy_folder} holds no policy", "name the folder of the policies"
        )
    elif config.season not in seasons:
        what = f"is {config.season}, of which {config.policy_folder} has no policy"
        yield Problem("CADRE_SEASON", what, f"set it to one of {', '.join(seasons)}, or add {config.season}.toml")
    for season in seasons:
        name = f"{season}.toml"
        try:
            policy = policy_of(season)
        except PolicyError as error:
            yield Problem(name, "; ".join(error.problems), f"correct it until `cadre policy check {name}` agrees")
        except (OSError, ValueError) as error:
            yield Problem(name, f"cannot be read ({type(error).__name__})", "write it anew, in UTF-8")
        else:
            for found in examples_in_policy(policy):
                what = f"names {found.domain}, a domain of examples that nobody has"
                yield Problem(f"{name}: {found.key}", what, "write the program's own")


def _database(config: Settings) -> Iterator[Problem]:
    if problem := problem_of(config.database):
        yield Problem("CADRE_DATABASE_URL", problem, "correct the variable, as .env.example says")
        return
    url = make_url(config.database)
    if url.password == SAMPLE_PASSWORD:
        yield Problem("CADRE_DATABASE_URL", "has the password of .env.example", "set one of your own in the database")
    path = Path(url.database or ".").resolve() if url.get_backend_name() == "sqlite" else None
    kind = network_file_system_of(path) if path else ""
    if kind:
        remedy = "use PostgreSQL (CADRE_DATABASE_URL), or a disk of this machine: locks do not hold on a network drive"
        yield Problem("CADRE_DATABASE_URL", f"SQLite lies on a network drive ({kind})", remedy)


def _keys() -> Iterator[Problem]:
    if problem := key_problem():
        yield Problem("keys", problem, "letters with certificates wait until there is one")
