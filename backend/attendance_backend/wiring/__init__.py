"""The one place where ports meet adapters: makes the services, and the application around them."""

from attendance_backend.adapters.master_keys import LocalMasters
from attendance_backend.wiring.backups import Whole, check_installation, copying, whole
from attendance_backend.wiring.inside import services
from attendance_backend.wiring.outside import Adapters, adapters
from attendance_backend.wiring.program import NAME, WORKER, make_app, make_worker

__all__ = [
    "NAME",
    "WORKER",
    "Adapters",
    "LocalMasters",
    "Whole",
    "adapters",
    "check_installation",
    "copying",
    "make_app",
    "make_worker",
    "services",
    "whole",
]
