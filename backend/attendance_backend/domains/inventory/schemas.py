"""What an inventory of the photos found."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document

MOST_NAMED = 100


class Inventory(Document):
    """Photos and keys by their ids, of each kind `MOST_NAMED` at most; the numbers tell how many there are."""

    at: datetime
    removed: bool
    photos: int
    orphans: int
    missing: int
    keys: int
    orphan_ids: list[str]
    missing_ids: list[str]
    key_ids: list[str]


class InventoryView(BaseModel):
    """An inventory as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: datetime
    removed: bool = Field(description="whether what was left over was removed; else it was only looked")
    photos: int = Field(description="photos that lie in the store")
    orphans: int = Field(description="photos of which nothing tells, for a day at least")
    missing: int = Field(description="captures and the like whose photo is not there")
    keys: int = Field(description="keys of photos that are not there any more")
    orphan_ids: list[str] = Field(description=f"{MOST_NAMED} at most")
    missing_ids: list[str] = Field(description=f"{MOST_NAMED} at most")
    key_ids: list[str] = Field(description=f"{MOST_NAMED} at most: of which photos they were")


@dataclass(frozen=True)
class Opened:
    """Of how many photos somebody tells, and how many of those can be read with the keys there are."""

    told: int
    readable: int
