"""Chooses where photos lie."""

from attendance_backend.adapters.photo_bucket import Bucket
from attendance_backend.adapters.photo_folder import Folder
from attendance_backend.adapters.photos import Place
from attendance_backend.settings import BackendSettings


def photo_place(settings: BackendSettings) -> Place:
    """A bucket where the settings name one, else the folder of the data folder. It asks neither.

    Raises:
        PhotoStoreMisdescribed: the environment lacks what the bucket needs.
    """
    if settings.photo_store:
        return Bucket(
            settings.photo_store, seconds=settings.photo_store_timeout, plain_http=settings.photo_store_plain_http
        )
    return Folder(settings.photo_folder)
