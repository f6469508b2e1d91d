"""What Smart Attendance is about, one folder a domain. A domain reaches another through its `service` and `schemas`."""
