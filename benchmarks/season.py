"""Where the time of a sample season goes: ``python -m benchmarks.season [--districts N] [--json]``.

Runs a season in a fresh data directory and prints the seconds of the whole, of the servers' start and stop, and of each phase's
flow runs as the Prefect server recorded them. The limit, for the whole sample: the flows take more than half.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from schemas.settings import ROOT

WHOLE_SAMPLE_DISTRICTS = 198


def measure(districts: int) -> dict[str, Any]:
    """Run one season and read its times."""
    with tempfile.TemporaryDirectory(prefix="cadre-benchmark-") as folder:
        command = [
            sys.executable,
            "-m",
            "deployments.cli.main",
            "season",
            "run",
            "--districts",
            str(districts),
            "--json",
        ]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, env={**os.environ, "CADRE_HOME": folder}, capture_output=True, text=True, check=True
        )
        result = json.loads(done.stdout)
        phases = phase_seconds(Path(folder) / "prefect" / "prefect.db")
    flows = sum(item["seconds"] for item in phases.values())
    return {"districts": districts, "seconds": result["seconds"], "flow_seconds": round(flows, 1), "phases": phases}


def phase_seconds(database: Path) -> dict[str, dict[str, float]]:
    """Runs and seconds of each flow."""
    query = (
        "SELECT flow.name, count(*), sum((julianday(run.end_time) - julianday(run.start_time)) * 86400)"
        " FROM flow_run AS run JOIN flow ON flow.id = run.flow_id WHERE run.end_time IS NOT NULL GROUP BY flow.name"
        " ORDER BY 3 DESC"
    )
    with sqlite3.connect(database) as connection:
        rows = connection.execute(query).fetchall()
    connection.close()
    return {name: {"runs": runs, "seconds": round(seconds, 2)} for name, runs, seconds in rows}


def main() -> int:
    """Print the measurement; exit code 1 where the flows of a whole sample take half of the time or less."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=WHOLE_SAMPLE_DISTRICTS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.districts)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"{found['districts']} districts: {found['seconds']} s, of which {found['flow_seconds']} s in flows")
        for name, item in found["phases"].items():
            print(f"  {name:<22} {item['runs']:>4} runs {item['seconds']:>8.2f} s")
    is_whole = found["districts"] >= WHOLE_SAMPLE_DISTRICTS
    return 1 if is_whole and found["flow_seconds"] * 2 <= found["seconds"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
