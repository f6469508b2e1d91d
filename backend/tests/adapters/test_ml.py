"""The client of the ML service, against a played one that misbehaves in every way it may."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import structlog
from backend.tests.simulator import KEY, MODEL, Simulator, photo_of, upright_of, vector_of
from starlette.responses import JSONResponse, Response

from attendance_backend.adapters.ml import MlAddress, MlClient
from attendance_backend.ports.faces import (
    EnrolledFace,
    Gallery,
    GalleryUnknownError,
    MlAnswerInvalid,
    MlUnavailable,
    NoFaceFound,
)
from attendance_contract.errors import ErrorCode
from attendance_contract.vectors import encode_vector
from attendance_kit.errors import ServiceError

PHOTO = photo_of("ann")
ANN = EnrolledFace("id-of-ann", [encode_vector(vector_of("ann"))])
GALLERY = Gallery("g" * 16, MODEL, [ANN])
AT_ONCE = (0.01, 0.01, 0.01)
REFUSAL = {"type": "x", "title": "x", "status": 422, "detail": "x", "error_code": ErrorCode.NO_FACE_FOUND}


@pytest.fixture
def address(simulator: Simulator) -> MlAddress:
    return MlAddress(
        urls=[simulator.url],
        api_key=KEY,
        timeout_seconds=5,
        try_timeout_seconds=2,
        rest_seconds=60,
        confident_threshold=0.4,
        uncertain_threshold=0.6,
    )


@pytest.fixture
async def client(address: MlAddress) -> AsyncIterator[MlClient]:
    async with MlClient(address, AT_ONCE) as made:
        yield made


async def test_an_upright_image_is_asked_for_only_where_it_is_wanted(client: MlClient, simulator: Simulator) -> None:
    plain = await client.recognize_with(PHOTO, GALLERY)
    sent = await client.recognize_with(PHOTO, GALLERY, upright=True)
    held = await client.recognize(PHOTO, GALLERY.id, GALLERY.model, upright=True)

    assert plain.upright_image is None
    assert sent.upright_image == held.upright_image
    assert sent.upright_image is not None
    assert sent.upright_image.jpeg == upright_of(PHOTO)


async def test_an_upright_image_that_was_left_out_is_no_answer(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.makes_upright = False

    with pytest.raises(MlAnswerInvalid, match="upright"):
        await client.recognize_with(PHOTO, GALLERY, upright=True)


async def test_a_gallery_that_is_not_held_is_sent_along_once(client: MlClient, simulator: Simulator) -> None:
    with pytest.raises(GalleryUnknownError):
        await client.recognize(PHOTO, GALLERY.id, GALLERY.model)

    sent = await client.recognize_with(PHOTO, GALLERY)
    held = await client.recognize(PHOTO, GALLERY.id, GALLERY.model)

    assert [face.match.student_id for face in sent.faces] == ["id-of-ann"]
    assert held == sent
    assert (held.thresholds.confident, held.thresholds.uncertain) == (0.4, 0.6)


async def test_a_face_is_encoded_and_matched_with_itself_only(client: MlClient) -> None:
    answer = await client.encode_face(PHOTO)

    assert answer.embedding == ANN.vectors[0]
    assert (await client.match_face(str(answer.embedding), ANN, MODEL)).match.student_id == "id-of-ann"
    ben = encode_vector(vector_of("ben"))
    assert (await client.match_face(ben, ANN, MODEL)).match.student_id is None


async def test_the_key_the_request_id_and_the_time_left_travel_along(client: MlClient, simulator: Simulator) -> None:
    with structlog.contextvars.bound_contextvars(request_id="from-the-browser"):
        await client.encode_face(PHOTO, wait=1.5)

    assert simulator.headers["x-api-key"] == KEY
    assert simulator.headers["x-request-id"] == "from-the-browser"
    assert 0 < int(simulator.headers["x-request-timeout-ms"]) <= 1500


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_service_that_is_busy_for_a_moment_is_asked_again(
    client: MlClient, simulator: Simulator, status: int
) -> None:
    simulator.switches.status, simulator.switches.failures = status, 2

    assert (await client.encode_face(PHOTO)).success
    assert simulator.calls == ["/api/ml/encode-face"] * 3


async def test_a_service_that_stays_busy_is_given_up_after_the_last_retry(
    client: MlClient, simulator: Simulator
) -> None:
    simulator.switches.status = 503

    with pytest.raises(MlUnavailable) as failure:
        await client.encode_face(PHOTO)

    assert len(simulator.calls) == 1 + len(AT_ONCE)
    assert failure.value.headers["Retry-After"] == "5"


async def test_nobody_waits_for_a_retry_that_would_come_too_late(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.status, simulator.switches.retry_after = 503, 60

    with pytest.raises(MlUnavailable):
        await client.encode_face(PHOTO)

    assert len(simulator.calls) == 1


async def test_a_passed_deadline_is_not_tried_again(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.refuse_with = (504, ErrorCode.DEADLINE_EXCEEDED)

    with pytest.raises(MlUnavailable):
        await client.encode_face(PHOTO)

    assert len(simulator.calls) == 1


async def test_a_service_that_hangs_costs_no_more_than_the_time_given(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.delay = 30

    async with asyncio.timeout(simulator.switches.delay / 2):
        with pytest.raises(MlUnavailable):
            await client.encode_face(PHOTO, wait=0.3)


async def test_a_try_that_hangs_is_given_up_before_the_whole_call(address: MlAddress, simulator: Simulator) -> None:
    simulator.switches.delay = 1.0
    hasty = replace(address, try_timeout_seconds=0.1)

    async with MlClient(hasty, AT_ONCE) as client:
        with pytest.raises(MlUnavailable):
            await client.encode_face(PHOTO)

    assert len(simulator.calls) == 1 + len(AT_ONCE)


async def test_a_service_that_comes_back_is_found_again(address: MlAddress, simulator: Simulator) -> None:
    async with MlClient(replace(address, rest_seconds=0.001), AT_ONCE) as client:
        await client.encode_face(PHOTO)
        await simulator.stop()
        with pytest.raises(MlUnavailable):
            await client.encode_face(PHOTO)

        await simulator.start()

        assert (await client.encode_face(PHOTO)).success


async def test_a_refusal_keeps_its_code_and_is_not_tried_again(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.refuse_with = (422, ErrorCode.NO_FACE_FOUND)

    with pytest.raises(NoFaceFound) as refusal:
        await client.encode_face(PHOTO)

    assert (refusal.value.status, refusal.value.detail) == (422, "played: NO_FACE_FOUND")
    assert len(simulator.calls) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_service_that_does_not_take_our_key_is_out_of_reach_whatever_the_photo(
    client: MlClient, simulator: Simulator, status: int
) -> None:
    simulator.switches.status = status

    with pytest.raises(MlUnavailable, match="key"):
        await client.encode_face(PHOTO)

    assert len(simulator.calls) == 1


@pytest.mark.parametrize("status", [400, 500, 418])
async def test_an_answer_outside_the_contract_is_a_failure_with_a_code(
    client: MlClient, simulator: Simulator, status: int
) -> None:
    simulator.switches.status = status

    with pytest.raises(MlAnswerInvalid):
        await client.encode_face(PHOTO)


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (lambda: Response(b"no gzip", headers={"Content-Encoding": "gzip"}), MlAnswerInvalid),
        (lambda: JSONResponse({**REFUSAL, "details": {"headers": 5, "detail": "x", "faces": 0}}, 422), NoFaceFound),
        (lambda: Response(status_code=503, headers={"Retry-After": "\xb2"}), MlUnavailable),
        (lambda: Response(status_code=503, headers={"Retry-After": "9" * 400}), MlUnavailable),
        (lambda: Response(status_code=302, headers={"Location": "http://nowhere.example"}), MlAnswerInvalid),
        (lambda: Response(b"null"), MlAnswerInvalid),
    ],
)
async def test_whatever_it_says_is_one_of_our_failures(
    client: MlClient, simulator: Simulator, says: Callable[[], Response], told: type[ServiceError]
) -> None:
    simulator.switches.says = says

    with pytest.raises(told):
        await client.encode_face(PHOTO)


async def test_garbage_is_told_without_being_shown(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.garbage = True

    with pytest.raises(MlAnswerInvalid) as failure:
        await client.recognize_with(PHOTO, GALLERY)

    assert "faces" not in failure.value.detail
    assert failure.value.__cause__ is None


async def test_a_change_of_model_is_noticed(client: MlClient, simulator: Simulator) -> None:
    assert await client.model() == MODEL
    simulator.model = "played@2"
    assert await client.model() == MODEL
    simulator.switches.refuse_with = (409, ErrorCode.MODEL_MISMATCH)

    with pytest.raises(MlUnavailable):
        await client.recognize_with(PHOTO, GALLERY)

    simulator.switches.refuse_with = None
    assert await client.model() == "played@2"
