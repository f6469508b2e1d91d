"""A log line is one JSON object, names its request, and holds no secret and no stack trace."""

import json
import logging
import warnings

import pytest
import structlog
from opentelemetry.trace import TraceState

from attendance_kit.logs import REMOVED, configure_logs, describe_exception
from attendance_kit.settings import LogFormat


@pytest.fixture(autouse=True)
def _restored_logging() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_our_lines_and_the_libraries_lines_look_alike(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tea", "INFO", LogFormat.JSON)
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.stdlib.get_logger("ours").info("brewed", cups=2)
        logging.getLogger("theirs").warning("kettle %s", "hot")
    ours, theirs = lines(capsys)
    assert ours.items() >= {"event": "brewed", "cups": 2, "service": "tea", "request_id": "r1", "level": "info"}.items()
    assert theirs.items() >= {"event": "kettle hot", "service": "tea", "request_id": "r1", "level": "warning"}.items()


def test_a_librarys_warning_is_a_line_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tea", "INFO", LogFormat.JSON)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("the kettle is old", UserWarning, stacklevel=1)
    (line,) = lines(capsys)
    assert "the kettle is old" in str(line["event"])


def test_a_strangers_words_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tea", "INFO", LogFormat.JSON)
    TraceState.from_header(["\x1b[31mforged"])
    assert capsys.readouterr().out == ""


def test_text_is_short_for_a_person_reading_along(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tea", "INFO", LogFormat.TEXT)
    with structlog.contextvars.bound_contextvars(request_id="r1", trace_id="t1"):
        structlog.stdlib.get_logger("ours").info("brewed", cups=2)
        structlog.stdlib.get_logger("ours").warning("spilt")
    assert capsys.readouterr().out.splitlines() == ["[info] brewed cups=2", "[warning] spilt request_id=r1"]


def test_secrets_vectors_and_photos_are_removed_at_any_depth(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("tea", "INFO", LogFormat.JSON)
    structlog.stdlib.get_logger("ours").info(
        "x", password="p", nested={"X-API-Key": "k", "embedding": [0.1]}, raw=b"photo", cups=1
    )
    (line,) = lines(capsys)
    assert line["password"] == line["raw"] == REMOVED
    assert line["nested"] == {"X-API-Key": REMOVED, "embedding": REMOVED}
    assert line["cups"] == 1


@pytest.mark.parametrize("logger", ["ours", "theirs"])
def test_an_exception_is_told_in_one_line_without_its_message(capsys: pytest.CaptureFixture[str], logger: str) -> None:
    configure_logs("tea", "INFO", LogFormat.JSON)
    try:
        int("secret value 4711")
    except ValueError:
        if logger == "ours":
            structlog.stdlib.get_logger("ours").exception("failed")
        else:
            logging.getLogger("theirs").exception("failed")
    (line,) = lines(capsys)
    assert str(line["raised"]).startswith("ValueError at test_logs.py:")
    assert "4711" not in json.dumps(line)
    assert "Traceback" not in json.dumps(line)


def test_describe_exception_names_the_innermost_place_first() -> None:
    def inner() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        inner()
    assert " inner < " in describe_exception(caught.value)
