"""What every record that data.police.uk publishes has, whatever it is a record of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pandera.polars import DataFrameModel, PolarsData, check

from contracts import fields

if TYPE_CHECKING:
    import polars as pl

#: Published names of forces and places.
PUBLIC_NAMES = ["reported_by", "falls_within", "location", "lsoa_name"]


class Record(DataFrameModel):
    """One row is one published record: its crime, month, force and anonymised place."""

    crime_id: str = fields.text(
        "Crime ID",
        description="Published id of a crime",
        nullable=True,
        says="64 characters 0 to 9 and a to f",
        str_matches=r"^[0-9a-f]{64}$",
    )
    month: str = fields.month("Month")
    reported_by: str = fields.name("Reported by", description="Force that gave the row")
    falls_within: str = fields.name("Falls within", description="Force area the row lies in", nullable=True)
    longitude: str = fields.text("Longitude", description="WGS84 degrees, anonymised", nullable=True)
    latitude: str = fields.text("Latitude", description="WGS84 degrees, anonymised", nullable=True)
    location: str = fields.name("Location", description="Anonymised map point", nullable=True)
    lsoa_code: str = fields.lsoa_code("LSOA code", description="LSOA of the map point", nullable=True)
    lsoa_name: str = fields.name("LSOA name", description="Name of that LSOA", nullable=True)

    @check("longitude", name="longitude_in_uk")
    def longitude_in_uk(cls, data: PolarsData) -> pl.LazyFrame:
        """Longitudes of the United Kingdom, in degrees."""
        return fields.is_between(data, -9.0, 3.0)

    @check("latitude", name="latitude_in_uk")
    def latitude_in_uk(cls, data: PolarsData) -> pl.LazyFrame:
        """Latitudes of the United Kingdom, in degrees."""
        return fields.is_between(data, 49.0, 62.0)
