"""A data folder belongs to one run at a time, and tells others where that run is to be found."""

import os
import stat
from pathlib import Path

import pytest

from attendance_cli.running import AlreadyRunningError, RunRecord, find_running, owning, record, write_private
from attendance_cli.site import find_site


def test_a_run_is_found_while_it_lasts_and_not_after(tmp_path) -> None:
    here = RunRecord(os.getpid(), "http://127.0.0.1:8000", "mongodb://127.0.0.1:1")
    with owning(tmp_path):
        assert find_running(tmp_path) is None
        record(tmp_path, here)
        assert find_running(tmp_path) == here
    assert find_running(tmp_path) is None


def test_a_run_over_tls_tells_whom_to_trust(tmp_path) -> None:
    with owning(tmp_path):
        record(tmp_path, RunRecord(os.getpid(), "https://127.0.0.1:8000", "mongodb://127.0.0.1:1", "/data/tls/ca.pem"))
        site = find_site(tmp_path)
    assert site is not None
    assert (site.address, site.ca) == ("https://127.0.0.1:8000", Path("/data/tls/ca.pem"))


def test_the_record_of_a_run_that_crashed_is_not_believed(tmp_path) -> None:
    record(tmp_path, RunRecord(1, "http://127.0.0.1:8000", "mongodb://127.0.0.1:1"))
    assert find_running(tmp_path) is None


def test_a_second_run_is_told_where_the_first_is(tmp_path) -> None:
    with owning(tmp_path):
        record(tmp_path, RunRecord(os.getpid(), "http://127.0.0.1:8123", "mongodb://127.0.0.1:1"))
        with pytest.raises(AlreadyRunningError, match=r"already runs on .*http://127\.0\.0\.1:8123"), owning(tmp_path):
            pass
        assert find_running(tmp_path) is not None


def test_private_files_are_for_their_owner_only(tmp_path) -> None:
    write_private(tmp_path / "secret", "x")
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
