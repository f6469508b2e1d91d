"""`smart-attendance doctor`: what this machine has and lacks, and how to get it. It changes nothing."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.table import Table
from rich.text import Text

from attendance_cli.folders import EnvironmentMissingError, interpreter, web_root
from attendance_cli.network import LOOPBACK, can_listen
from attendance_cli.running import find_running
from attendance_cli.site import DATABASE_VARIABLE, ml_command
from attendance_cli.supervision import ProgramEndedError, run_alone

Verdict = Literal["ok", "note", "missing"]
_STYLES: dict[Verdict, str] = {"ok": "green", "note": "yellow", "missing": "bold red"}
_OLDEST, _NEWEST = (3, 11), (3, 13)
_PORTS = ((8000, "--port"), (8001, "--ml-port"), (8080, "--lan --door-port"))
_NEEDED_BYTES = 1_000_000_000
"""Models and samples take 45 MB, the trial store of a small school some hundred."""
_FETCH = "smart-attendance models fetch"
_OPTIONAL = {
    "liveness": ("not fetched: passive liveness is off", _FETCH),
    "embed": ("optional, not fetched", f"{_FETCH} --all"),
}
_IMPORTS = {"database": "secantus", "ml": "attendance_ml.serving.main", "backend": "attendance_backend.wiring"}
"""What each program is made of: that it can be imported shows that its environment is whole."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` says how to get what is missing."""

    subject: str
    verdict: Verdict
    text: str
    remedy: str = ""

    @property
    def is_fatal(self) -> bool:
        return self.verdict == "missing"


def examine(home: Path) -> list[Finding]:
    """Every finding, in the order in which one would mend them."""
    return [
        _python(),
        *(_environment(name) for name in _IMPORTS if name != "database"),
        _database(),
        *_models(),
        _web_app(),
        *_ports(home),
        _disk(home),
        _processor(),
    ]


def table_of(findings: list[Finding]) -> Table:
    table = Table("", "", "", "What to do")
    for finding in findings:
        verdict = Text(finding.verdict, style=_STYLES[finding.verdict])
        table.add_row(finding.subject, verdict, finding.text, finding.remedy)
    return table


def _python() -> Finding:
    version = platform.python_version()
    if _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return Finding("Python", "ok", version)
    return Finding("Python", "missing", f"{version} is not 3.11 to 3.13", "install one, then make PYTHON=python3.12 …")


def _environment(name: str) -> Finding:
    subject = f"{name} environment"
    try:
        python = interpreter(name)
    except EnvironmentMissingError as error:
        return Finding(subject, "missing", "not installed", str(error))
    run = subprocess.run([str(python), "-c", f"import {_IMPORTS[name]}"], capture_output=True, text=True, check=False)
    if run.returncode:
        last = (run.stderr.strip() or "it does not start").splitlines()[-1]
        return Finding(subject, "missing", last, "make clean install")
    return Finding(subject, "ok", str(python.parents[1]))


def _database() -> Finding:
    if os.environ.get(DATABASE_VARIABLE):
        return Finding("database", "ok", f"{DATABASE_VARIABLE} names one")
    found = _environment("database")
    if not found.is_fatal:
        return Finding("database", "ok", "embedded trial store")
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    remedy = (
        "It exists for Python 3.11 to 3.13 on Linux x86-64, macOS on Apple silicon and Windows, and for 3.11 on Linux "
        f"aarch64; this is {where}. There, run make install; elsewhere set {DATABASE_VARIABLE}."
    )
    return Finding("database", "missing", f"embedded store: {found.text}", remedy)


def _models() -> Iterator[Finding]:
    try:
        listing = json.loads(ml_command(run_alone, "models", "list", "--json"))
    except (EnvironmentMissingError, ProgramEndedError):
        return  # the finding about the environment says it
    for model in listing:
        subject = f"model {model['id']}"
        if model["here"]:
            yield Finding(subject, "ok", f"{model['licence']}, {model['size']:,} bytes")
        elif model["optional"]:
            yield Finding(subject, "note", *_OPTIONAL[model["task"]])
        else:
            yield Finding(subject, "missing", "not fetched", _FETCH)


def _web_app() -> Finding:
    if built := web_root():
        return Finding("web app", "ok", str(built))
    # Node only builds it: nothing that runs asks for it.
    remedy = "make install" if shutil.which("node") else "Node 20.19 or newer, then make install"
    return Finding("web app", "note", "not built: only the API is served", remedy)


def _ports(home: Path) -> Iterator[Finding]:
    ours = find_running(home)
    for port, option in _PORTS:
        if can_listen(LOOPBACK, port):
            yield Finding(f"port {port}", "ok", "free")
        elif ours:
            yield Finding(f"port {port}", "ok", f"taken while {ours.address} runs")
        else:
            yield Finding(f"port {port}", "note", "taken by another program", f"smart-attendance up {option} N")


def _disk(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / 1e9:.1f} GB free for {home}"
    if free < _NEEDED_BYTES:
        return Finding("disk", "missing", text, f"{_NEEDED_BYTES / 1e9:.0f} GB should be free, or use --data")
    return Finding("disk", "ok", text)


def _processor() -> Finding:
    flags = _processor_flags()
    if {"amx_bf16", "avx512_bf16"} & flags:
        return Finding("processor", "ok", "computes in bf16: fastest recognition")
    if platform.machine() in {"arm64", "aarch64"} or "avx2" in flags:
        return Finding("processor", "ok", "no bf16: recognition in f32, some two to three times slower than with it")
    return Finding("processor", "note", "neither bf16 nor AVX2 seen: recognition will be slow", "a newer processor")


def _processor_flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return set()
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    return set(next((line.split(":")[1].split() for line in lines if line.startswith("flags")), []))
