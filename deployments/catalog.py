"""Every flow of Cadre by its name: found in ``flows/``, and listed nowhere else."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow

from schemas.settings import ROOT

DEPLOYMENTS = ROOT / "prefect.yaml"


def _found() -> dict[str, Flow[..., Any]]:
    modules = [import_module(f"flows.{path.stem}") for path in sorted((ROOT / "flows").glob("[a-z]*.py"))]
    flows = [item for module in modules for item in vars(module).values() if isinstance(item, Flow)]
    return {item.name: item for item in flows}


FLOWS: Mapping[str, Flow[..., Any]] = _found()


def deployment_name(name: str) -> str:
    """What operators call the flow on the screen."""
    return name.replace("-", " ").capitalize()


def entrypoint(name: str) -> str:
    """Where a worker finds the flow of a name."""
    function = FLOWS[name].fn
    return f"flows/{function.__module__.rpartition('.')[2]}.py:{function.__name__}"


@cache
def deployments_in_file(path: Path = DEPLOYMENTS) -> tuple[Mapping[str, Any], ...]:
    """The deployments as ``prefect.yaml`` has them, in the order of the season."""
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8"))["deployments"])


def season_order(path: Path = DEPLOYMENTS) -> tuple[str, ...]:
    """The names of the deployments in the order of the season."""
    return tuple(item["name"] for item in deployments_in_file(path))
