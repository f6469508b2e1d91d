"""The doctor tells the truth about a whole machine and about one where something is missing."""

import socket

import pytest

from attendance_cli import doctor, folders
from attendance_cli.doctor import examine


def by_subject(home) -> dict:
    return {finding.subject: finding for finding in examine(home)}


def test_on_a_whole_machine_nothing_is_missing(tmp_path) -> None:
    findings = by_subject(tmp_path)
    assert [finding for finding in findings.values() if finding.is_fatal] == []
    assert {"Python", "ml environment", "backend environment", "database", "model yunet@2023mar", "web app"} <= set(
        findings
    )


def test_missing_environments_are_found_and_the_remedy_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_ENVS", str(tmp_path))
    monkeypatch.delenv("MONGODB_URI", raising=False)
    findings = by_subject(tmp_path)
    missing = {subject for subject, finding in findings.items() if finding.is_fatal}
    assert missing == {"ml environment", "backend environment", "database"}
    assert "make install" in findings["backend environment"].remedy
    assert "MONGODB_URI" in findings["database"].remedy


def test_a_database_of_ones_own_needs_no_embedded_one(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_ENVS", str(tmp_path))
    monkeypatch.setenv("MONGODB_URI", "mongodb://db.example")
    assert by_subject(tmp_path)["database"].verdict == "ok"


def test_missing_models_are_found(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_CACHE", str(tmp_path))
    finding = by_subject(tmp_path)["model sface@2021dec"]
    assert finding.is_fatal
    assert finding.remedy == "smart-attendance models fetch"


def test_without_the_models_of_liveness_the_doctor_notes_that_it_stays_off(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_CACHE", str(tmp_path))
    finding = by_subject(tmp_path)["model minifasnet-v2@2.7-80x80"]
    assert (finding.verdict, finding.text) == ("note", "not fetched: passive liveness is off")
    assert finding.remedy == "smart-attendance models fetch"


def test_a_web_app_that_is_not_built_is_worth_a_note(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folders, "_TREE", tmp_path)
    with_node = doctor._web_app()
    monkeypatch.setenv("PATH", str(tmp_path))
    without_node = doctor._web_app()
    assert with_node.verdict == without_node.verdict == "note"
    assert without_node.remedy.startswith("Node 20.19 or newer, then make install")


def test_a_taken_port_is_worth_a_note(tmp_path, monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(doctor, "_PORTS", ((port, "--port"),))
        assert by_subject(tmp_path)[f"port {port}"].verdict == "note"


@pytest.mark.parametrize(("flags", "verdict"), [({"amx_bf16"}, "ok"), ({"avx2"}, "ok"), ({"sse2"}, "note")])
def test_the_processor_is_judged_by_what_it_computes(monkeypatch, flags, verdict) -> None:
    monkeypatch.setattr(doctor, "_processor_flags", lambda: flags)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert doctor._processor().verdict == verdict
