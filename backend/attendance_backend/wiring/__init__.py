"""The one place where ports meet adapters: makes the services, and the application around them."""

from attendance_backend.adapters.master_keys import LocalMasters
from attendance_backend.wiring.inside import services
from attendance_backend.wiring.outside import Adapters, adapters
from attendance_backend.wiring.program import NAME, make_app

__all__ = ["NAME", "Adapters", "LocalMasters", "adapters", "make_app", "services"]
