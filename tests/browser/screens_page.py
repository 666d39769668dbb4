"""docs/phone/screens.md: what my_screens.py drew, each page with its other widths."""

from tests.stack import ROOT

FOLDER = ROOT / "docs" / "screens" / "phone"
PAGE = ROOT / "docs" / "phone" / "screens.md"
# In the order of a visit; what is drawn and not named here follows.
TITLES = {
    "link": "The personal link",
    "home": "Home, a visit to do",
    "capture": "One view",
    "camera-closer": "The camera: too far away",
    "camera-dark": "The camera: too dark",
    "camera-good": "The camera: good",
    "preview-good": "The still: a good photo",
    "preview-doubtful": "The still: may be refused",
    "home-waiting": "A photo waits on the phone",
    "offline": "A page that is not kept, without a line",
    "home-sent": "All sent",
    "home-thanks": "All accepted",
    "capture-done": "A view that is done",
    "home-retake": "One photo to take again",
    "capture-retake": "The view to take again",
    "home-consent": "A new version of the consent",
    "consent": "Consent: key points and what changed",
    "consent-section": "Consent: a section",
    "consent-question": "Consent: a check question",
    "consent-choices": "Consent: choices",
    "consent-signature": "Consent: signature",
    "consent-done": "Consent: given",
    "consent-declined": "Consent: not given",
    "choices": "Choices, changed later",
    "data": "My data",
    "data-asked": "My data: a request was made",
    "data-stop": "Stop taking part",
    "data-erase": "Ask for erasure",
    "receipt": "Receipt of a request",
    "reminders": "Reminders",
    "later": "Remind me later",
    "off": "A channel switched off from a message",
    "language": "Language",
    "left": "Signed out",
}
LANGUAGES = {
    "zh-hans": "simplified Chinese",
    "ms": "Malay",
    "ta": "Tamil",
    "id": "Indonesian",
    "th": "Thai",
    "vi": "Vietnamese",
}
HEAD = """# The participant's pages

Drawn by `make screens` (or `python -m tests.browser.screens --only phone`) from the pages
themselves: 360, 390 and 768 px wide, light and dark. The faces are drawn, not photographed.
"""


def write_page() -> list[str]:
    """Write the page from the files that are there; return the titles shown."""
    drawn = {file.stem.rsplit("-390-light", 1)[0] for file in FOLDER.glob("*-390-light.webp")}
    titles = [title for title in TITLES if title in drawn] + sorted(drawn - TITLES.keys())
    parts = [HEAD]
    parts += [f"## {TITLES.get(title, title)}\n\n{_pictures(title)}\n" for title in titles]
    parts.append(f"## In other languages\n\n{_languages()}\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    return titles


def _picture(name: str, what: str, width: int) -> str:
    return f'<img src="../screens/phone/{name}.webp" alt="{what}" width="{width}">'


def _pictures(title: str) -> str:
    what = TITLES.get(title, title)
    shown = [
        _picture(f"{title}-390-{scheme}", f"{what}, {scheme}", 260) for scheme in ("light", "dark")
    ]
    others = ", ".join(
        f"[{width} px {scheme}](../screens/phone/{title}-{width}-{scheme}.webp)"
        for width in (360, 768)
        for scheme in ("light", "dark")
    )
    return f"{' '.join(shown)}\n\n{others}"


def _languages() -> str:
    rows = []
    for language, name in LANGUAGES.items():
        files = sorted(FOLDER.glob(f"*-390-light-{language}.webp"))
        shown = " ".join(_picture(file.stem, f"{file.stem}, {name}", 180) for file in files)
        rows.append(f"{name[0].upper()}{name[1:]}\n\n{shown}\n")
    return "\n".join(rows)
