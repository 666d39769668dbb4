"""Where a line may break in text that has no spaces between its words: Thai and Chinese.

Words come from BudouX's models, which are part of its package.
"""

import re
from functools import lru_cache

import budoux

BREAK = "\u200b"  # zero width space: nothing to see, and a line may end here
_THAI = re.compile("[\u0e00-\u0e7f]+")
_HAN = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_OPENING = "（〔［｛〈《「『【“‘([{"
_CLOSING = "）〕］｝〉》」』】”’)]}、。，．：；！？…·,.:;!?%"
_PUNCTUATION = re.compile(r"[.,;:!?()…。，、：；！？（）“”]+$")


@lru_cache(maxsize=2)
def _parser(script: str) -> budoux.Parser:
    if script == "thai":
        return budoux.load_default_thai_parser()
    return budoux.load_default_simplified_chinese_parser()


def with_breaks(text: str) -> str:
    """``text`` with a zero width space between the words of Thai and Chinese.

    Other scripts come back as they are. No line begins with closing punctuation or ends with
    opening punctuation (Unicode Standard Annex 14, classes CL and OP).
    """
    text = _THAI.sub(lambda run: BREAK.join(_parser("thai").parse(run[0])), text)
    text = _HAN.sub(lambda run: _chinese(run, text), text)
    text = re.sub(f"([{re.escape(_OPENING)}]){BREAK}", r"\1", text)
    return re.sub(f"{BREAK}([{re.escape(_CLOSING)}])", r"\1", text)


def _chinese(run: "re.Match[str]", text: str) -> str:
    """The words of a run of Chinese, which may also be parted from a Latin word beside it."""
    words = BREAK.join(_parser("chinese").parse(run[0]))
    before = text[run.start() - 1] if run.start() else " "
    after = text[run.end()] if run.end() < len(text) else " "
    left = BREAK if before.isalnum() else ""
    return left + words + (BREAK if after.isalnum() else "")


def words_of(text: str) -> list[str]:
    """``text`` cut into words, each with the white space after it; joined they are the text.

    Punctuation at the end of a word is a word of its own, so that a comma more does not make
    another word of the one before it.
    """
    words: list[str] = []
    for part in re.findall(rf"[^\s{BREAK}]+[\s{BREAK}]*|[\s{BREAK}]+", with_breaks(text)):
        part = part.replace(BREAK, "")
        word = part.rstrip()
        end = _PUNCTUATION.search(word)
        if end and end.start():
            words += [word[: end.start()], part[end.start() :]]
        elif part:
            words.append(part)
    return words
