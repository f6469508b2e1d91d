"""The services' own start is measured on real processes."""

from attendance_bench.rest import measure_services
from attendance_ml.samples import sample_photo


def test_every_service_is_started_and_only_the_one_that_sees_photos_is_put_to_work() -> None:
    photo = sample_photo("obama.jpg").read_bytes()

    measured = measure_services(photo, starts=1, photos=2)

    assert set(measured) == {"database", "ml", "backend"}
    assert all(rest.ready_s > 0 and rest.ready_cpu_s > 0 and rest.rest_mb > 0 for rest in measured.values())
    assert [name for name, rest in measured.items() if rest.work_mb] == ["ml"]
