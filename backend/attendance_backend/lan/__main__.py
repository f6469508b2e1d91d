"""The commands of the school's network: `certificate`, `doorway`, `qr`."""

import argparse
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from attendance_backend.lan.certificates import DamagedAuthorityError, TlsFiles, ensure_certificates, fingerprint
from attendance_backend.lan.doorway import NAME, DoorwaySettings, make_doorway
from attendance_backend.lan.names import NotLocalError
from attendance_backend.lan.qr import drawing
from attendance_backend.ports.clock import SystemClock
from attendance_kit.service import run_service
from attendance_kit.settings import failures

MISUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 2 when it can't be understood, the names or the settings are wrong."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except ValidationError as error:
        print(failures(error), file=sys.stderr)
    except (NotLocalError, DamagedAuthorityError) as error:
        print(error, file=sys.stderr)
    return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="attendance_backend.lan", description="Smart Attendance on a school's network"
    )
    commands = parser.add_subparsers(required=True)
    certificate = commands.add_parser("certificate", help="make or renew the certificates; print where they lie")
    certificate.add_argument("--folder", type=Path, required=True)
    certificate.add_argument("--for", dest="names", nargs="+", required=True, metavar="NAME_OR_ADDRESS")
    certificate.set_defaults(run=_certificate)
    commands.add_parser("doorway", help="serve the page that tells how to trust them").set_defaults(run=_doorway)
    qr = commands.add_parser("qr", help="draw an address as a QR code")
    qr.add_argument("address")
    qr.set_defaults(run=_qr)
    return parser


def _certificate(asked: argparse.Namespace) -> int:
    files = TlsFiles.below(asked.folder)
    ca = ensure_certificates(files, asked.names, socket.gethostname().split(".")[0], SystemClock().now())
    print(json.dumps({"server": str(files.server), "ca": str(files.ca), "fingerprint": fingerprint(ca)}))
    return 0


def _doorway(_asked: argparse.Namespace) -> int:
    settings = DoorwaySettings()
    run_service(lambda: make_doorway(settings), settings, NAME)
    return 0


def _qr(asked: argparse.Namespace) -> int:
    print(drawing(asked.address), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
