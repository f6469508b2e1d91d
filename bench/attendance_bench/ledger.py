"""The results on disk, stage by stage, so that a run that was broken off goes on where it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Ledger:
    """Results of one commit on one machine. A complete one is begun anew by the next run."""

    def __init__(self, path: Path, commit: str, machine: dict[str, Any]) -> None:
        self._path = path
        fresh: dict[str, Any] = {"commit": commit, "machine": machine, "stages": {}, "complete": False}
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else fresh
        # A tree that differs from its commit may differ from what it was when the run was broken off.
        same = kept["commit"] == commit and not commit.endswith("-dirty") and kept["machine"]["cpu"] == machine["cpu"]
        self.content: dict[str, Any] = kept if same and not kept["complete"] else fresh

    def stage(self, name: str, work: Callable[[], Any]) -> Any:
        """The stage's result: kept from the run that was broken off, or worked out now and kept."""
        stages = self.content["stages"]
        if name not in stages:
            stages[name] = work()
            self._write()
        return stages[name]

    def finish(self, load: list[float]) -> None:
        """Note how busy the machine was at the end: a figure measured beside other work says little."""
        self.content["machine"]["load_after"] = load
        self.content["complete"] = True
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(self.content, indent=2), encoding="utf-8")
        draft.replace(self._path)
