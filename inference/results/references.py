"""The papers that a methods paragraph cites."""

from typing import Final

PAPERS: Final = {
    "cohen": "Cohen J. Weighted kappa: nominal scale agreement with provision for scaled "
    "disagreement or partial credit. Psychol Bull 1968;70:213-220.",
    "light": "Light RJ. Measures of response agreement for qualitative data: some generalizations "
    "and alternatives. Psychol Bull 1971;76:365-377.",
    "fleiss": "Fleiss JL. Measuring nominal scale agreement among many raters. Psychol Bull "
    "1971;76:378-382.",
    "krippendorff": "Krippendorff K. Computing Krippendorff's alpha-reliability. University of "
    "Pennsylvania, 2011.",
    "gwet": "Gwet KL. Computing inter-rater reliability and its variance in the presence of high "
    "agreement. Br J Math Stat Psychol 2008;61:29-48.",
    "shrout": "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater "
    "reliability. Psychol Bull 1979;86:420-428.",
    "mcgraw": "McGraw KO, Wong SP. Forming inferences about some intraclass correlation "
    "coefficients. Psychol Methods 1996;1:30-46.",
    "bland": "Bland JM, Altman DG. Statistical methods for assessing agreement between two methods "
    "of clinical measurement. Lancet 1986;327:307-310.",
    "repeat": "Bland JM, Altman DG. Measurement error. BMJ 1996;313:744.",
    "efron": "Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-185.",
    "gulshan": "Gulshan V, Peng L, Coram M, et al. Development and validation of a deep learning "
    "algorithm for detection of diabetic retinopathy in retinal fundus photographs. JAMA "
    "2016;316:2402-2410.",
    "masi": "Kimbrough-Green CK, Griffiths CEM, Finkel LJ, et al. Topical retinoic acid "
    "(tretinoin) for melasma in black patients. Arch Dermatol 1994;130:727-733.",
    "mmasi": "Pandya AG, Hynan LS, Bhore R, et al. Reliability assessment and validation of the "
    "Melasma Area and Severity Index (MASI) and a new modified MASI scoring method. J Am Acad "
    "Dermatol 2011;64:78-83.",
    "easi": "Hanifin JM, Thurston M, Omoto M, et al. The eczema area and severity index (EASI): "
    "assessment of reliability in atopic dermatitis. Exp Dermatol 2001;10:11-18.",
    "grras": "Kottner J, Audigé L, Brorson S, et al. Guidelines for Reporting Reliability and "
    "Agreement Studies (GRRAS) were proposed. J Clin Epidemiol 2011;64:96-106.",
}


class Cited:
    """Numbers papers in the order in which a text cites them."""

    def __init__(self) -> None:
        self._codes: list[str] = []

    def __call__(self, *codes: str) -> str:
        """The mark to write into the text, ``[1]`` or ``[1, 3]``."""
        for code in codes:
            if code not in self._codes:
                self._codes.append(code)
        return "[" + ", ".join(str(self._codes.index(code) + 1) for code in codes) + "]"

    @property
    def papers(self) -> list[str]:
        """The papers cited, in order."""
        return [PAPERS[code] for code in self._codes]
