"""Which browsers this machine has. Run as a program it says which tests were skipped for the want of one."""

import shutil
import sys
from collections.abc import Iterator

CHROMIUM = "chromium"
FIREFOX = "firefox-esr"
CERTUTIL = "certutil"
"""Makes a browser trust an authority: it writes the store that both keep such things in."""

_WANTED = {
    CHROMIUM: "browser tests",
    FIREFOX: "browser tests in Firefox",
    CERTUTIL: "browser tests over TLS",
}


def missing() -> Iterator[str]:
    """A sentence for everything that is not installed."""
    for program, tests in _WANTED.items():
        if not shutil.which(program):
            yield f"{tests} were skipped: no {program} found (scripts/browsers installs it)"


if __name__ == "__main__":
    sys.stdout.writelines(f"{sentence}\n" for sentence in missing())
