"""What is promised of lost data: put back as they were at one moment, and nothing of what was erased since."""

from scripts.proofs.tree import pytest


def put_back_whole() -> str:
    domains = [f"backend/tests/domains/{name}" for name in ("backups", "installation", "inventory")]
    return pytest(*domains, "backend/tests/adapters/test_backup_files.py", "cli/tests/test_resting.py")
