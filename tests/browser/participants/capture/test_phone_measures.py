"""The phone's own measures and hints, in Chromium: they judge as the server does."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from participants.capture.services.references import outline_of
from participants.capture.views.guided import TOLD
from participants.imaging import topology
from participants.imaging.canonical import canonical_face
from participants.imaging.face import FaceFinder
from participants.imaging.pose import rotation_of
from participants.imaging.profiles import NORMAL, View
from participants.imaging.quality import assess_quality
from tests.browser.lab import Lab, gates, jpeg_of, phone_lab
from tests.browser.videos import picture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("camera")]

MODULES = "/static/js/participants/capture/camera"
# How far the phone may be from the server: twice what 95% of 200 photos kept to
# (docs/phone/agreement.md).
APART = {
    "inter_eye": 8.0, "face_height": 1.4, "yaw_off": 2.5, "pitch_off": 3.3, "roll_off": 1.4,
    "cut_off": 1.0, "brightest": 4.0, "overexposed": 1.5, "underexposed": 0.5, "unevenness": 0.08,
    "colour_cast": 0.5, "blur": 0.02, "motion": 0.6, "noise": 0.1,
}  # fmt: skip
FINDER = FaceFinder()


@pytest.fixture(scope="module")
def lab(browser: Browser) -> Iterator[Lab]:
    with phone_lab(browser, lambda name: jpeg_of(picture(name))) as lab:
        yield lab


@pytest.fixture
def js(lab: Lab) -> Callable[..., Any]:
    """Call an exported function of a camera module with plain values."""

    def call(module: str, name: str, *arguments: Any) -> Any:
        return lab.page.evaluate(
            "async ([path, name, given]) => (await import(path))[name](...given)",
            [f"{MODULES}/{module}.js", name, list(arguments)],
        )

    return call


def as_sent(name: str) -> Any:
    """The pixels of the JPEG, which both see."""
    return np.asarray(Image.open(io.BytesIO(jpeg_of(picture(name)))))


# --- Measures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["front", "dark", "bright", "blurred", "far", "side_lit", "real"])
def test_every_measure_agrees_with_the_servers(lab, name):
    phone = lab.check(name)
    server = assess_quality(as_sent(name), view="front", profile=NORMAL, finder=FINDER)
    assert phone["mode"] == "landmarks"
    for code, within in APART.items():
        assert phone["values"][code] == pytest.approx(server.value(code), abs=within), code


@pytest.mark.parametrize(
    ("name", "view", "reasons"),
    [
        ("front", "front", []),
        ("left", "left", []),
        ("right", "right", []),
        ("front", "left", ["show_left"]),
        ("dark", "front", ["too_dark"]),
        ("blurred", "front", ["blurred"]),
        ("turned", "front", ["turned_left"]),
        ("far", "front", ["too_far"]),
        ("side_lit", "front", ["uneven_light"]),
        ("two_faces", "front", ["other_faces"]),
        ("empty", "front", ["no_face"]),
    ],
)
def test_a_still_is_doubted_for_the_servers_reason(lab, name, view: View, reasons):
    phone = lab.check(name, view)
    assert phone["reasons"] == reasons
    assert set(phone["reasons"]) <= set(TOLD)


def test_a_strict_study_is_stricter_on_the_phone_too(lab):
    assert lab.check("real")["reasons"] == []
    assert "too_far" in lab.check("real", profile="strict")["reasons"]


def test_without_landmarks_light_and_blur_alone_are_judged(lab):
    assert lab.check("front", engine=False)["mode"] == "light"
    assert lab.check("front", engine=False)["reasons"] == []
    assert lab.check("dark", engine=False)["reasons"] == ["too_dark"]
    assert lab.check("blurred", engine=False)["reasons"] == ["blurred"]


def test_the_canonical_face_and_its_rings_are_the_servers(lab):
    face = lab.page.evaluate(
        f"async () => Array.from((await import('{MODULES}/canonical.js')).CANONICAL)"
    )
    assert np.reshape(face, (468, 3)) == pytest.approx(canonical_face(), abs=0.006)
    rings = lab.page.evaluate(f"async () => ({{ ...(await import('{MODULES}/topology.js')) }})")
    for name in ("FACE_OVAL", "RIGHT_EYE", "LEFT_EYE", "RIGHT_BROW", "LEFT_BROW", "LIPS"):
        assert rings[name] == list(getattr(topology, name)), name


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (-38, 5, 3), (25, -12, -20)])
def test_the_pose_of_a_face_is_found(js, yaw, pitch, roll):
    points = canonical_face() @ rotation_of(yaw, pitch, roll).T * 3.5 + [400, 500, 0]
    pose = js("pose", "fitPose", points.ravel().tolist())
    assert (pose["yaw"], pose["pitch"], pose["roll"]) == pytest.approx((yaw, pitch, roll), abs=0.2)
    assert pose["scale"] == pytest.approx(3.5, abs=0.01)


# --- Alignment ---------------------------------------------------------------------------------


def align(lab: Lab, points: Any, outline: Any) -> float:
    script = f"""async ([points, outline]) => {{
      const {{ describeFace }} = await import("{MODULES}/pose.js");
      const {{ alignmentOf }} = await import("{MODULES}/outline.js");
      return alignmentOf(describeFace(points), outline, 1080, 1440);
    }}"""
    return float(lab.page.evaluate(script, [np.asarray(points).ravel().tolist(), outline]))


def head(yaw: float = 0, *, size: float = 4.0, aside: float = 0.0) -> Any:
    return canonical_face() @ rotation_of(yaw, 0, 0).T * size + [540 + aside, 720, 0]


def test_the_alignment_is_100_for_the_same_framing_and_falls_as_documented(lab):
    outline = outline_of(head().astype(np.float32), 1080, 1440).as_dict()
    assert align(lab, head(), outline) > 99.5
    tall = outline["height"] * 1440
    assert align(lab, head(aside=0.2 * tall), outline) == pytest.approx(60.7, abs=1)
    assert align(lab, head(size=4 * np.exp(0.18)), outline) == pytest.approx(60.7, abs=1)
    assert 55 < align(lab, head(12), outline) < 62
    assert align(lab, head(40), outline) < 2


def test_a_figure_of_the_framing_is_for_a_head_turned_as_asked(js):
    def shown(*codes: str) -> bool:
        return bool(js("guidance", "turnedAsAsked", [{"code": code} for code in codes]))

    assert shown()
    assert shown("blur", "far", "place")
    assert not shown("blur", "yaw_off")
    assert not shown("pitch_off")
    assert not shown("roll_off")


# --- What is shown -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "screen", "box"),
    [
        ((1080, 1440), (390, 844), (0, 149.04, 390, 520)),  # an upright phone
        ((1080, 1440), (360, 740), (0, 119.6, 360, 480)),
        ((1080, 1440), (844, 390), (275.75, 0, 292.5, 390)),  # lying
        ((1440, 1080), (844, 390), (162, 0, 520, 390)),
        ((1920, 1080), (390, 844), (0, 287.33, 390, 219.38)),  # a laptop's camera, a narrow window
        ((1080, 1440), (768, 1024), (0, 0, 768, 1024)),
    ],
)
def test_the_whole_picture_is_shown_and_nothing_of_it_is_cut(js, picture, screen, box):
    size = dict(zip(("width", "height"), picture, strict=True))
    shown = js("outline", "shownIn", size, *screen)
    assert tuple(shown[name] for name in ("left", "top", "width", "height")) == pytest.approx(
        box, abs=0.01
    )


def test_an_outline_lies_on_the_shown_picture_where_it_lies_on_the_photo(js):
    """A mirrored one on the other side; the photo's middle stays the middle."""
    outline = {"lines": [[[0, 0], [-0.25, 0.1]]]}
    shown = {"left": 0, "top": 136, "width": 390, "height": 520}
    assert js("outline", "pathOf", outline, shown, False) == "M195.0 260.0L65.0 312.0"
    assert js("outline", "pathOf", outline, shown, True) == "M195.0 260.0L325.0 312.0"


def test_an_earlier_photo_of_another_shape_lies_middle_on_middle(js):
    """A photo of 3:4 over a video of 9:16 from one camera: the longer sides are the same."""
    shown = {"left": 0, "top": 63, "width": 390, "height": 693}
    over = js("outline", "laidOver", {"width": 3000, "height": 4000}, shown)
    assert over == pytest.approx({"left": -64.875, "top": 0, "width": 519.75, "height": 693})


# --- Hints -------------------------------------------------------------------------------------


def guided(lab: Lab, steps: list[tuple[int, list[str]]]) -> list[str]:
    """What the guide shows for problems at times in ms."""
    script = f"""async (steps) => {{
      const {{ Guide }} = await import("{MODULES}/guidance.js");
      const guide = new Guide();
      return steps.map(([now, hints]) =>
        guide.update(hints.map((hint) => ({{ code: hint, hint }})), now));
    }}"""
    return list(lab.page.evaluate(script, steps))


def test_a_hint_does_not_flicker(lab):
    """A problem of one look is not told, and what is told stays long enough to be read."""
    assert guided(lab, [(0, []), (200, ["blurred"]), (400, []), (600, [])]) == ["good"] * 4
    changing = [(0, ["too_far"]), (300, ["tilted"]), (600, ["tilted"]), (950, ["tilted"])]
    assert guided(lab, changing) == ["too_far", "too_far", "too_far", "tilted"]
    assert guided(lab, [(0, []), (200, ["too_far"]), (500, ["too_far"])])[-1] == "too_far"


def problems(lab: Lab, shown: str | None = None, **changed: Any) -> list[str]:
    """The hints for a good look with these changes, the most pressing first."""
    values = {
        "faces": 1, "other_face": 0, "inter_eye": 300, "face_height": 55, "yaw_off": 0,
        "pitch_off": 2, "roll_off": 1, "cut_off": 0, "overexposed": 0, "underexposed": 0,
        "brightest": 200, "unevenness": 1.1, "colour_cast": 0, "blur": 0.4, "motion": 2,
        "noise": None,
    }  # fmt: skip
    look = {
        "face": {"yaw": 0, "pitch": 2, "roll": 1},
        "dark": False,
        "moving": 0,
        "place": 0.05,
        "values": values,
    }
    for name, value in changed.items():
        (values if name in values else look)[name] = value
    script = f"""async ([look, context]) => {{
      const {{ problemsOf }} = await import("{MODULES}/guidance.js");
      return problemsOf(look, context).map(({{ hint }}) => hint);
    }}"""
    view_yaw = {"front": 0, "left": -40, "right": 40}
    context = {"gates": gates("normal"), "view": "front", "viewYaw": view_yaw, "shown": shown}
    return list(lab.page.evaluate(script, [look, context]))


def test_a_good_look_has_no_problem(lab):
    assert problems(lab) == []


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"face": None}, "no_face"),
        ({"face": None, "dark": True}, "too_dark"),
        ({"other_face": 90}, "other_faces"),
        ({"brightest": 50}, "too_dark"),
        ({"face_height": 92}, "too_near"),
        ({"cut_off": 6}, "cut_off"),
        ({"inter_eye": 100}, "too_far"),
        ({"place": 0.5}, "off_centre"),
        ({"yaw_off": 29, "face": {"yaw": 29, "pitch": 0, "roll": 0}}, "back_right"),
        ({"roll_off": 28}, "tilted"),
        ({"pitch_off": 26, "face": {"yaw": 0, "pitch": 26, "roll": 0}}, "looking_up"),
        ({"overexposed": 9}, "too_bright"),
        ({"underexposed": 30}, "shadows"),
        ({"unevenness": 1.7}, "uneven_light"),
        ({"colour_cast": 13}, "coloured_light"),
        ({"moving": 0.6}, "hold_still"),
        ({"blur": 0.8}, "blurred"),
    ],
)
def test_each_problem_has_its_hint(lab, change, hint):
    assert problems(lab, **change)[0] == hint


def test_what_makes_the_rest_meaningless_is_told_first(lab):
    told = problems(lab, blur=0.8, inter_eye=100, brightest=50)
    assert told == ["too_dark", "too_far", "blurred"]


def test_a_shown_hint_lingers_a_little_past_its_limit(lab):
    """Between the limit and a clearly better value it stays, so that it does not come and go."""
    assert problems(lab, brightest=70) == []
    assert problems(lab, shown="brightest", brightest=67) == ["too_dark"]


# --- The shutter -------------------------------------------------------------------------------


def shot(lab: Lab, looks: list[tuple[int, bool, float | None]], *, on: bool = True) -> list[int]:
    """The times at which the photo would take itself."""
    script = f"""async ([looks, on]) => {{
      const {{ AutoShutter }} = await import("{MODULES}/shutter.js");
      const shutter = new AutoShutter({{ on }});
      return looks.filter(([now, good, aligned]) => shutter.update(good, aligned, now).fire)
        .map(([now]) => now);
    }}"""
    return list(lab.page.evaluate(script, [looks, on]))


def test_it_waits_a_second_of_good_looks_and_takes_one_photo(lab):
    good = [(now, True, None) for now in range(0, 4000, 250)]
    assert shot(lab, good) == [1000]
    assert shot(lab, good, on=False) == []
    broken = [(now, now != 750, None) for now in range(0, 2250, 250)]
    assert shot(lab, broken) == [2000]


def test_last_times_framing_is_waited_for_and_never_blocks(lab):
    assert shot(lab, [(now, True, 90.0) for now in range(0, 4000, 250)]) == [1000]
    assert shot(lab, [(now, True, 20.0) for now in range(0, 6000, 250)]) == [3500]
