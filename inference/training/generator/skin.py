"""The colour of skin from what it holds: melanin and blood, through a two-layer optical model.

Light crosses the epidermis, where melanin absorbs it, is scattered back by the dermis, where blood
absorbs it, and crosses the epidermis again:

    R(w) = T(w)**2 * D(w),  T = exp(-mu_epidermis * path),  D = exp(-A / sqrt(3 (1 + mu_s' / mu_a)))

Sources. Melanosome absorption 6.6e11 w**-3.33 /cm (here its value at 550 nm), bloodless skin
0.244 + 85.3 exp(-(w - 154)/66.2) and the form of D with A near 7.8: S. L. Jacques, "Skin Optics"
(Oregon Medical Laser Center News, 1998). In living skin melanin's absorption falls off less steeply
than in suspended melanosomes (Zonios et al., J. Biomed. Opt. 13, 014017, 2008). Its slope, A, the
share of bloodless absorption and the path factor were set so that L*, a* and b* from light to dark
lie near those measured on people (Xiao et al., Skin Res. Technol. 23, 21, 2017). Reduced
scattering 46 (w / 500)**-1.421 /cm: S. L. Jacques, Phys. Med. Biol. 58, R37 (2013). Haemoglobin:
the table compiled by S. Prahl (omlc.org, 1998), 150 g/L, 64,500 g/mol. The two-layer form follows
Krishnaswamy and Baranoski (2004) and S-SYNTH (arXiv 2408.00191) in simpler shape.
Colour matching functions: the fits of Wyman, Sloan and Shirley (JCGT 2(2), 2013). Light: CIE D65.

Melanin is the volume fraction of melanosomes in the epidermis (0.003 to 0.8: whole
skin reaches 0.43, spots more), blood the volume
fraction of blood in the dermis (0.002 to 0.12). Colours are linear sRGB, 0 to 1, of the body of the
skin without its shine.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.noise import Field

MELANIN_RANGE = (0.003, 0.8)
BLOOD_RANGE = (0.002, 0.12)
STEPS = 96
EPIDERMIS_CM = 0.006
PATH_FACTOR = 1.9  # scattering lengthens the way through the epidermis
DERMIS_A = 6.5
MELANIN_SLOPE = 2.0
BLOODLESS_SHARE = 0.5
OXYGENATION = 0.75
SURFACE_SCATTER = 0.014  # sent back by the outermost cells before any melanin is met

WAVELENGTHS = np.arange(400, 701, 10, dtype=np.float64)
# Molar extinction /cm/M at WAVELENGTHS (Prahl 1998).
OXYHAEMOGLOBIN = np.array([
    266232, 466840, 480360, 246072, 102580, 62816, 44480, 33209, 26629, 23684, 20933,
    20035, 24202, 39957, 53236, 43016, 32613, 44496, 50104, 14401, 3200, 1506, 942, 610, 442, 368,
    320, 294, 278, 276, 290])  # fmt: skip
DEOXYHAEMOGLOBIN = np.array([
    223296, 303956, 407560, 528600, 413280, 103292, 23389, 16156, 14550, 16684, 20863,
    25774, 31590, 39036, 46592, 53412, 53788, 45072, 37020, 28324, 14677, 9444, 6510, 5149, 4345,
    3750, 3227, 2795, 2408, 2052, 1794])  # fmt: skip
D65 = np.array([
    82.75, 91.49, 93.43, 86.68, 104.86, 117.01, 117.81, 114.86, 115.92, 108.81, 109.35,
    107.80, 104.79, 107.69, 104.41, 104.05, 100.00, 96.33, 95.79, 88.69, 90.01, 89.60, 87.70, 83.29,
    83.70, 80.03, 80.21, 82.28, 78.28, 69.72, 71.61])  # fmt: skip
XYZ_TO_LINEAR = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
LINEAR_TO_XYZ = np.linalg.inv(XYZ_TO_LINEAR)
WHITE_XYZ = LINEAR_TO_XYZ @ np.ones(3)


def reflectance(melanin: NDArray[np.float64], blood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of light sent back at `WAVELENGTHS`: (..., 31) for fractions of shape (...).

    `melanin` and `blood` are volume fractions as described at the top of this file.
    """
    bloodless = 0.244 + BLOODLESS_SHARE * 85.3 * np.exp(-(WAVELENGTHS - 154) / 66.2)
    melanosome = 6.6e11 * 550**-3.33 * (WAVELENGTHS / 550) ** -MELANIN_SLOPE
    extinction = OXYGENATION * OXYHAEMOGLOBIN + (1 - OXYGENATION) * DEOXYHAEMOGLOBIN
    whole_blood = 2.303 * extinction * 150 / 64500
    epidermis = melanin[..., None] * melanosome + (1 - melanin[..., None]) * bloodless
    through = np.exp(-epidermis * EPIDERMIS_CM * PATH_FACTOR)
    dermis = blood[..., None] * whole_blood + (1 - blood[..., None]) * bloodless
    scattering = 46 * (WAVELENGTHS / 500) ** -1.421
    back = np.exp(-DERMIS_A / np.sqrt(3 * (1 + scattering / dermis)))
    surface = SURFACE_SCATTER * (WAVELENGTHS / 550) ** 1.5  # warm, so the darkest skin is brown
    return np.asarray(through**2 * back * (1 - surface) + surface)


def _lobe(mean: float, below: float, above: float) -> NDArray[np.float64]:
    width = np.where(mean > WAVELENGTHS, below, above)
    return np.exp(-0.5 * ((WAVELENGTHS - mean) * width) ** 2)


@cache
def _weights() -> NDArray[np.float64]:
    """Return the (31, 3) weights that turn a reflectance into linear sRGB under D65."""
    x = (
        1.056 * _lobe(599.8, 0.0264, 0.0323)
        + 0.362 * _lobe(442.0, 0.0624, 0.0374)
        - 0.065 * _lobe(501.1, 0.0490, 0.0382)
    )
    y = 0.821 * _lobe(568.8, 0.0213, 0.0247) + 0.286 * _lobe(530.9, 0.0613, 0.0322)
    z = 1.217 * _lobe(437.0, 0.0845, 0.0278) + 0.681 * _lobe(459.0, 0.0385, 0.0725)
    matching = np.stack([x, y, z], axis=1) * D65[:, None]
    matching *= WHITE_XYZ / matching.sum(axis=0)  # white paper stays white
    return np.asarray(matching @ XYZ_TO_LINEAR.T)


@cache
def _table() -> Field:
    """Return linear sRGB over a logarithmic grid: (STEPS blood, STEPS melanin, 3)."""
    melanin = np.geomspace(*MELANIN_RANGE, STEPS)
    blood = np.geomspace(*BLOOD_RANGE, STEPS)
    spectra = reflectance(*np.meshgrid(melanin, blood))
    return np.asarray(np.clip(spectra @ _weights(), 0.0015, 1), np.float32)


def skin_colour(melanin: Field, blood: Field) -> Field:
    """Return the linear sRGB colour (H, W, 3) of skin from two (H, W) maps of volume fractions.

    Values outside the ranges of the model are held at its edges.
    """
    across = _position(melanin, MELANIN_RANGE)
    down = _position(blood, BLOOD_RANGE)
    return np.asarray(
        cv2.remap(_table(), across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _position(values: Field, bounds: tuple[float, float]) -> Field:
    low, high = np.log(bounds[0]), np.log(bounds[1])
    held = cv2.log(np.clip(values, bounds[0], bounds[1]).astype(np.float32))
    return np.asarray((held - np.float32(low)) * np.float32((STEPS - 1) / (high - low)), np.float32)


def linear_to_lab(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return CIE L*a*b* (D65) of linear sRGB colours (..., 3)."""
    ratio = np.clip(np.asarray(linear, np.float64), 0, None) @ LINEAR_TO_XYZ.T / WHITE_XYZ
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ita_degrees(linear: NDArray[np.floating]) -> float:
    """Return the individual typology angle of the mean of linear sRGB colours (..., 3), in degrees.

    ITA = atan2(L* - 50, b*) (Chardon, Cretois and Hourseau 1991): above 55 very light, below -30
    dark.
    """
    lab = linear_to_lab(np.asarray(linear, np.float64).reshape(-1, 3).mean(axis=0))
    return float(np.degrees(np.arctan2(lab[0] - 50, lab[2])))


def srgb_to_linear(encoded: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return linear light, 0 to 1, of 8-bit sRGB values of any shape (IEC 61966-2-1)."""
    value = np.asarray(encoded, np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


@cache
def _encoding() -> NDArray[np.uint8]:
    light = np.linspace(0, 1, 16385)
    value = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.clip(value * 255 + 0.5, 0, 255), np.uint8)


def linear_to_srgb(linear: Field) -> NDArray[np.uint8]:
    """Return 8-bit sRGB of linear light (0 to 1, clipped) of any shape (IEC 61966-2-1)."""
    steps = np.clip(linear * np.float32(16384), 0, 16384).astype(np.uint16)
    return np.asarray(_encoding()[steps], np.uint8)
