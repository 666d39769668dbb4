"""Time zones by country and town, in the participants' languages."""

from zoneinfo import ZoneInfo

import pytest

from participants.words.languages import LANGUAGES
from participants.words.places import place_of, places


@pytest.mark.parametrize(
    ("language", "zone", "name"),
    [
        ("en", "Asia/Singapore", "Singapore"),
        ("en", "Asia/Kuala_Lumpur", "Malaysia, Kuala Lumpur"),
        ("zh-hans", "Asia/Kuala_Lumpur", "马来西亚, 吉隆坡"),
        ("ta", "Asia/Singapore", "சிங்கப்பூர்"),
        ("th", "Asia/Jakarta", "อินโดนีเซีย, จาการ์ตา"),
        ("vi", "Asia/Ho_Chi_Minh", "Việt Nam"),
        ("vi", "Asia/Saigon", "Việt Nam"),  # as browsers still call it
        ("en", "America/Argentina/Buenos_Aires", "Argentina, Buenos Aires"),  # CLDR: an older name
        ("en", "Etc/UTC", "Etc/UTC"),
    ],
)
def test_a_zone_goes_by_country_and_town(language, zone, name):
    assert place_of(zone, language).name == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_is_a_zone_and_has_a_name_of_its_own(language):
    listed = places(language)
    assert len(listed) > 400
    assert all(ZoneInfo(place.zone) for place in listed)
    names = [place.name for place in listed]
    assert len(set(names)) == len(names)
    assert names == sorted(names, key=str.casefold)
