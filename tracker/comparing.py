"""Two texts line by line: what is the same, what was taken out, what came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

#: Pairs of equal lines, and of lines at all, beyond which two texts are compared as wholes. Nobody writes so many; comparing
#: them line by line takes minutes.
MOST_EQUAL, MOST_PAIRS = 500_000, 4_000_000


def compared(before: str, after: str) -> list[tuple[str, str]]:
    """The lines of two versions in order: ("same" | "out" | "in", line)."""
    old, new = lines_of(before), lines_of(after)
    said: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in opcodes(old, new):
        if tag == "equal":
            said += [("same", line) for line in old[i1:i2]]
        else:
            said += [("out", line) for line in old[i1:i2]] + [("in", line) for line in new[j1:j2]]
    return said


def opcodes(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """As those of SequenceMatcher; of texts that are too much for it, what is between a common beginning and end differs."""
    times = Counter(new)
    if len(old) * len(new) <= MOST_PAIRS and sum(times[line] for line in old) <= MOST_EQUAL:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    begin = end = 0
    most = min(len(old), len(new))
    while begin < most and old[begin] == new[begin]:
        begin += 1
    while end < most - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    upto, till = len(old) - end, len(new) - end
    codes = [
        ("equal", 0, begin, 0, begin),
        ("replace", begin, upto, begin, till),
        ("equal", upto, len(old), till, len(new)),
    ]
    return [code for code in codes if code[1] < code[2] or code[3] < code[4]]


def lines_of(text: str) -> list[str]:
    """The lines of a text; none of an empty one."""
    return text.split("\n") if text else []
