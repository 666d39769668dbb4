"""One word for one thing, and the rules for translators that a machine can hold.

The words and the rules stand in ``docs/phone/translations.md``; here are the stems by which a word
is known again in every form it takes.
"""

import re
from collections.abc import Iterator

import pytest

from participants.words.catalogues.files import PLURALS
from participants.words.languages import DOMAINS
from tests.participants.words.test_catalogues import given, wanted

# What an English sentence speaks of → the stem that its translation has, whatever else it says.
TERMS: dict[str, dict[str, str]] = {
    r"\bstudy team\b": {
        "zh-hans": "研究团队", "ms": "pasukan kajian", "ta": "ஆய்வுக் குழு",
        "id": "tim penelitian", "th": "ทีมวิจัย", "vi": "nhóm nghiên cứu",
    },
    r"\bpersonal links?\b": {
        "zh-hans": "个人链接", "ms": "pautan peribadi", "ta": "தனிப்பட்ட இணைப்ப",
        "id": "tautan pribadi", "th": "ลิงก์ส่วนตัว", "vi": "liên kết riêng",
    },
    r"\bconsent form": {
        "zh-hans": "知情同意书", "ms": "borang persetujuan", "ta": "ஒப்புதல் படிவ",
        "id": "formulir persetujuan", "th": "เอกสารแสดงความยินยอม", "vi": "phiếu đồng ý",
    },
    r"\b[Pp]hotos? of your face\b(?! itself)": {
        "zh-hans": "面部照片", "ms": "gambar", "ta": "முகத்தின்",
        "id": "foto wajah", "th": "รูปใบหน้า", "vi": "ảnh khuôn mặt",
    },
    r"\breceipt": {
        "zh-hans": "回执", "ms": "resit", "ta": "ஒப்புகைச் சீட்ட",
        "id": "tanda terima", "th": "ใบยืนยัน", "vi": "biên nhận",
    },
    r"\b(sign(ed|ing)? out)\b": {
        "zh-hans": "退出登录", "ms": "log keluar", "ta": "வெளியேற",
        "id": "keluar", "th": "ออกจากระบบ", "vi": "đăng xuất",
    },
    r"\bface finder\b": {
        "zh-hans": "面部定位", "ms": "pengesan muka", "ta": "முக",
        "id": "pencari wajah", "th": "ค้นหาใบหน้า", "vi": "tìm khuôn mặt",
    },
    r"[Tt]urn (your|of the) head\b": {
        "zh-hans": "头", "ms": "kepala", "ta": "தலை",
        "id": "kepala", "th": "ศีรษะ", "vi": "đầu",
    },
    r"\bforearm's length\b": {
        "zh-hans": "前臂的距离|大约一个前臂", "ms": "lengan bawah", "ta": "முழங்கை முதல் விரல் நுனி",
        "id": "lengan bawah", "th": "หนึ่งศอก", "vi": "một cẳng tay",
    },
    r"\breminders?\b": {
        "zh-hans": "提醒", "ms": "peringatan", "ta": "நினைவூட்ட",
        "id": "pengingat|diingatkan", "th": "การแจ้งเตือน|เตือน", "vi": "nhắc",
    },
    r"\bencrypt": {
        "zh-hans": "加密", "ms": "penyulitan|disulitkan", "ta": "மறைகுறியாக்",
        "id": "enkripsi", "th": "เข้ารหัส", "vi": "mã hóa",
    },
}  # fmt: skip

# What has been wrong once: the rule of docs/phone/translations.md that it broke.
WRONG: dict[str, dict[str, str]] = {
    "zh-hans": {
        r"人脸识别": "face recognition, which the product does not do",
        r"你": "您 for everybody",
        r"转到肩膀": "an angle",
        r"(?<!已)退出(?!研究|登录|，)": "of the study or of the session",
    },
    "ms": {
        r"diam-diam": "secretly",
        r"\bPusing\b": "-kan",
        r"\bwajah\b": "muka",
        r"dilindungi": "protected, not covered",
        r"dipanggil balik": "word for word",
        r"jangka pendek": "of people's memory",
        r"\bkamu\b|\bawak\b": "anda",
    },
    "ta": {
        r"தொலைபேசி(?! எண்)": "கைபேசி",
        r"தத் கைபேசி": "sandhi",
        r"(திரும்பு|பதிவிறக்கு|பயன்படுத்து|உருவாக்கு|கையொப்பமிடு|செல்க|சேர்)\W*$": "-வும், -ங்கள்",
        r"(?<!\S)(நீ|உன்|உனது)(?!\S)": "நீங்கள், உங்கள்",
    },
    "id": {
        r"\bmuka\b": "wajah",
        r"[Pp]utar kepala|[Kk]epala Anda berputar": "tolehkan",
        r"\bkamu\b|\banda\b": "Anda",
        r"jangka pendek": "of people's memory",
    },
    "th": {
        r"(?<!ใบ)(?<!ด้าน)(?<!ข้าง)(?<!ก่อน)(?<!เจ้า)(?<!กล้อง)(?<!ล่วง)"
        r"หน้า(นี้|ของ|ที่|นั้น|ใหม่|ส่วนตัว|โครงการ|และ)": "หน้า alone is a face",
        r"กรุณา": "โปรด",
        r"โครงการ(?!วิจัย)": "โครงการวิจัย",
        r"(?<!แสดง)เอกสารความยินยอม": "เอกสารแสดงความยินยอม",
        r"ยกเลิกคำขอ": "ถอนคำขอ",
    },
    "vi": {
        r"\bHãy\b": "xin",
        r"\bbạn\b|\bBạn\b": "quý vị",
        r"[Nn]hấn nút": "bấm",
        r"Có bóng tối": "vùng tối",
        r"tầm tay gập": "một cẳng tay",
    },
}  # fmt: skip
NUMBERS = {
    "three minutes": {"三分钟", "tiga minit", "மூன்று நிமிட", "tiga menit", "สามนาที", "ba phút"},
    "five minutes": {"五分钟", "lima minit", "ஐந்து நிமிட", "lima menit", "ห้านาที", "năm phút"},
    "a minute": {"一分钟", "minit", "ஒரு நிமிட", "menit", "หนึ่งนาที", "một phút"},
}


def translations(language: str) -> Iterator[tuple[str, str]]:
    """English and translation, every form."""
    for domain in DOMAINS:
        for key, forms in given(language, domain).items():
            english = wanted(domain)[key]
            for number, form in enumerate(forms):
                yield english[min(number, len(english) - 1)], form


@pytest.mark.parametrize("language", PLURALS)
def test_one_thing_has_one_word(language: str) -> None:
    others = [
        (english, theirs)
        for pattern, stems in TERMS.items()
        for english, theirs in translations(language)
        if re.search(pattern, english) and not re.search(stems[language], theirs, re.IGNORECASE)
    ]
    assert others == []


@pytest.mark.parametrize("language", PLURALS)
def test_what_was_wrong_once_does_not_come_back(language: str) -> None:
    found = [
        (why, theirs)
        for pattern, why in WRONG[language].items()
        for _english, theirs in translations(language)
        if re.search(pattern, theirs)
    ]
    assert found == []


@pytest.mark.parametrize("language", PLURALS)
def test_numbers_stay_what_they_are(language: str) -> None:
    others = [
        (english, theirs)
        for words, said in NUMBERS.items()
        for english, theirs in translations(language)
        if re.search(rf"\b{words}\b(?! or two)", english) and not any(one in theirs for one in said)
    ]
    assert others == []
