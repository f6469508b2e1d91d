"""Chooses where photos lie."""

from attendance_backend.adapters.photo_bucket import Bucket
from attendance_backend.adapters.photo_folder import Folder
from attendance_backend.adapters.photos import Place
from attendance_backend.settings import BackendSettings


def photo_place(settings: BackendSettings) -> Place:
    if settings.photo_store:
        return Bucket(settings.photo_store, plain_http=settings.photo_store_plain_http)
    return Folder(settings.photo_folder)
