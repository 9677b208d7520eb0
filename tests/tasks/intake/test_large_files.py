"""Large files that are no table are refused within 10 s of one processor and 1 GB, whatever they are made of.

Each is read in a process of its own, whose memory and processor time are measured, as the import reads it.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.settings import ROOT
from tasks.intake.formats.limits import MIB

CPU_SECONDS, PEAK_MB = 10, 1_000
READ = """
import json, sys, time
from pathlib import Path
from tasks.intake.read import open_source
begun = time.process_time()
with open_source(Path(sys.argv[1]), frozenset({"leaid"})) as source:
    rows = sum(len(block.columns()[0]) if block.columns() else 0 for block in source.blocks(50_000))
    said = source.messages
# Not ru_maxrss, which a process has from the one that started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
found = {"rows": rows, "said": said, "seconds": time.process_time() - begun, "peak_mb": int(peak.split()[1]) // 1024}
print(json.dumps(found))
"""


def repeated(head: bytes, unit: bytes) -> Callable[[int], Iterator[bytes]]:
    def blocks(size: int) -> Iterator[bytes]:
        yield head
        block = unit * max(MIB // len(unit), 1)
        for _ in range(size // len(block)):
            yield block

    return blocks


def numbered(size: int) -> Iterator[bytes]:
    """JSON lines, each with a name that no other has."""
    for start in range(0, size // 15, 10_000):
        yield b"".join(b'{"n%d":1}\n' % number for number in range(start, start + 10_000))


OPEN_QUOTE = b'a,b\n1,"'
FILES: dict[str, Callable[[int], Iterator[bytes]]] = {
    "an open quotation mark before long lines": repeated(OPEN_QUOTE, b"x" * 1_000 + b"\n"),
    "an open quotation mark before short lines": repeated(OPEN_QUOTE, b"xxxxxxx\n"),
    "an open quotation mark before one line": repeated(OPEN_QUOTE, b"x" * 1_000),
    "a quotation mark in each line": repeated(b"a,b\n", b'1,x,"\n'),
    "blank lines": repeated(b"a,b\n", b"\n"),
    "delimiters": repeated(b"a,b\n", b",\n"),
    "delimiters in quotation marks": repeated(b"a,b\n", b'"",""\n'),
    "bytes that are no text": repeated(b"a,b\n", b"\xff"),
    "zero bytes": repeated(b"a,b\n", b"\x00"),
    "columns without end": repeated(b"", b"a,"),
    "columns without end, in many lines": repeated(b"a,b\n", b"a," * 100_000 + b"\n"),
    "a list of lists": repeated(b"[", b"[],"),
    "objects without fields": repeated(b"", b"{}\n"),
    "fields without end": numbered,
    "an old workbook": repeated(bytes.fromhex("d0cf11e0a1b11ae1"), b"\x00\x01"),
    "a web page": repeated(b"<html><table>\n", b"<tr><td>a</td><td>b</td></tr>\n"),
    "lines of UTF-16 that have no end": repeated("\ufeffa,b\n".encode("utf-16-le"), "\u010a".encode("utf-16-le")),
    "text of UTF-32": repeated("\ufeffa,b\n".encode("utf-32-le"), "1,2\n".encode("utf-32-le")),
}


def measured(path: Path, blocks: Iterator[bytes]) -> dict[str, object]:
    with path.open("wb") as file:
        file.writelines(blocks)
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    path.unlink()
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_200_megabytes_that_is_no_table_is_refused_within_limits(tmp_path: Path, name: str) -> None:
    found = measured(tmp_path / "big.csv", FILES[name](200_000_000))
    assert found["said"]
    assert float(str(found["seconds"])) < CPU_SECONDS
    assert int(str(found["peak_mb"])) < PEAK_MB


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(("an open", "a list", "blank"))])
def test_a_file_that_is_no_table_costs_no_more_memory_than_its_part_that_is_read(tmp_path: Path, name: str) -> None:
    found = measured(tmp_path / "big.csv", FILES[name](48 * MIB))
    assert found["said"]
    assert int(str(found["peak_mb"])) < PEAK_MB / 2
