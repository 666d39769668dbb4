"""True submissions, changed at random in ways a person in between could think of."""

import copy
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from xml.etree.ElementTree import Comment, Element, SubElement, fromstring, tostring

from studies.instruments.definition import Definition

STRANGE = (
    *("", "0", "1", "7", "8.0", "08", "99", "-1", "1e1", "NaN", "Infinity", "٣", "8,5", " 8 "),
    *("abc", "sun", "none", "sun none", "sun sun", "yes", "no", "true()", "${score}", "<b>x</b>"),
    *("2026-01-03", "2026-13-01", "2026-02-30", "2026-11-28T13:01", "2026-01-02+08:00", "1/2/2026"),
    "x" * 5000,
)
Mutation = Callable[[random.Random, Definition, Element], None]


def leaves(root: Element) -> list[Element]:
    """The elements that hold an answer, the form's own numbers left out."""
    inside = [one for one in root.iter() if len(one) == 0 and one is not root]
    return [one for one in inside if one.tag != "instanceID"]


def parents(root: Element) -> list[Element]:
    return [one for one in root.iter() if len(one)]


def value(rng: random.Random, _form: Definition, root: Element) -> None:
    rng.choice(leaves(root)).text = rng.choice(STRANGE)


def small_change(rng: random.Random, _form: Definition, root: Element) -> None:
    """A number a little otherwise, or the same written otherwise."""
    numbers = [one for one in leaves(root) if (one.text or "").lstrip("-").isdigit()]
    if numbers:
        one = rng.choice(numbers)
        number = int(one.text or "0")
        changes = [str(number + 1), str(number - 1), f"{number}.0", f"{number}.5", f"0{number}"]
        one.text = rng.choice(changes)


def choice(rng: random.Random, form: Definition, root: Element) -> None:
    """Another choice, several, one twice, or the same in another order."""
    lists = {item.name: form.lists[item.choices] for item in form.questions if item.choices}
    asked = [one for one in leaves(root) if one.tag in lists]
    if asked:
        one = rng.choice(asked)
        names = [given.name for given in lists[str(one.tag)]]
        chosen = rng.sample(names, k=rng.randint(0, min(3, len(names))))
        if chosen and rng.random() < 0.2:
            chosen.append(chosen[0])
        if one.text and rng.random() < 0.3:
            chosen = one.text.split()[::-1]
        one.text = " ".join(chosen)


def hidden(rng: random.Random, _form: Definition, root: Element) -> None:
    """An answer where there is none: hidden, computed blank, a note, or left out."""
    empty = [one for one in leaves(root) if not one.text]
    if empty:
        rng.choice(empty).text = rng.choice(STRANGE[1:])


def computed(rng: random.Random, form: Definition, root: Element) -> None:
    names = {item.name for item in form.questions if item.type == "calculate"}
    scores = [one for one in leaves(root) if one.tag in names or one.tag == "instanceName"]
    if scores:
        one = rng.choice(scores)
        one.text = rng.choice(["", "0", "1", "13.0", f"{one.text or ''}0", "mild", "severe"])


def day(rng: random.Random, _form: Definition, root: Element) -> None:
    dated = []
    for one in leaves(root):
        try:
            dated.append((one, date.fromisoformat((one.text or "")[:10])))
        except ValueError:
            continue
    if dated:
        one, on = rng.choice(dated)
        moved = on + timedelta(days=rng.choice([-400, -30, -1, 1, 30, 400]))
        one.text = moved.isoformat() + (one.text or "")[10:]


def another_form(rng: random.Random, _form: Definition, root: Element) -> None:
    name = rng.choice(["version", "id"])
    root.set(name, rng.choice(["", "2", "other", f"{root.get(name)} ", f"{root.get(name)}1"]))


def order(rng: random.Random, _form: Definition, root: Element) -> None:
    parent = rng.choice(parents(root))
    inside = list(parent)
    rng.shuffle(inside)
    for one in list(parent):
        parent.remove(one)
    parent.extend(inside)


def twice(rng: random.Random, _form: Definition, root: Element) -> None:
    """A question, group or repeat once more, where it is or somewhere else."""
    parent = rng.choice(parents(root))
    one = copy.deepcopy(rng.choice(list(parent)))
    there = parent if rng.random() < 0.7 else rng.choice(parents(root))
    there.insert(rng.randint(0, len(there)), one)


def taken_out(rng: random.Random, _form: Definition, root: Element) -> None:
    parent = rng.choice(parents(root))
    parent.remove(rng.choice(list(parent)))


def renamed(rng: random.Random, form: Definition, root: Element) -> None:
    names = [item.name for item in form.walk()]
    rng.choice(leaves(root)).tag = rng.choice([*names, "unknown", "{http://example.org}score"])


def added(rng: random.Random, _form: Definition, root: Element) -> None:
    parent = rng.choice(parents(root))
    if rng.random() < 0.3:
        parent.append(Comment("nothing"))
    else:
        SubElement(parent, rng.choice(["unknown", "meta", "data"])).text = rng.choice(STRANGE)


MUTATIONS: tuple[Mutation, ...] = (
    value, small_change, choice, hidden, computed, day, another_form, order, twice, taken_out,
    renamed, added,
)  # fmt: skip


def mutations_of(
    true: str, form: Definition, *, number: int, seed: int
) -> Iterator[tuple[str, str]]:
    """``number`` changed submissions, each with what was done to it, a third of them twice."""
    for place in range(number):
        rng = random.Random(f"{seed}-{place}")
        root = fromstring(true)  # noqa: S314 - our own
        done = []
        for _round in range(1 if rng.random() < 0.67 else 2):
            mutation = rng.choice(MUTATIONS)
            mutation(rng, form, root)
            done.append(mutation.__name__)
        yield f"{seed}-{place}: {', '.join(done)}", tostring(root, encoding="unicode")
