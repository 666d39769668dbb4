"""Days as each language writes them."""

from datetime import date

import pytest
from django.utils import translation

from participants.words import dates

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.mark.parametrize(
    ("language", "near", "full"),
    [
        ("en", "Monday 2 March", "2 March 2026"),
        ("zh-hans", "3月2日 星期一", "2026年3月2日"),
        ("ms", "Isnin, 2 Mac", "2 Mac 2026"),
        ("ta", "திங்கள், 2 மார்ச்", "2 மார்ச், 2026"),
        ("id", "Senin, 2 Maret", "2 Maret 2026"),
        ("th", "วันจันทร์ที่ 2 มีนาคม", "2 มีนาคม 2569"),
        ("vi", "Thứ 2, ngày 2 tháng 3", "2 tháng 3, 2026"),
    ],
)
def test_days_are_written_as_each_language_writes_them(language, near, full):
    with translation.override(language):
        assert dates.weekday(date(2026, 3, 2)) == near
        assert dates.full(date(2026, 3, 2)) == full
