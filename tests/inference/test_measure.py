"""Measuring a package again, beside what its card says."""

from inference.training.measure import table


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def test_what_was_measured_stands_beside_what_the_card_says() -> None:
    measured = {
        "conditions": {
            "melasma": {"balanced_accuracy": figure(0.84), "weighted_kappa": figure(0.82)},
            "pores": {"balanced_accuracy": figure(0.7), "weighted_kappa": figure(0.5)},
        }
    }
    card = {
        "conditions": {
            "melasma": {"balanced_accuracy": figure(0.91), "weighted_kappa": figure(0.77)}
        }
    }
    _header, melasma, pores = table(measured, card).splitlines()
    assert melasma.split() == [
        "melasma", "0.84", "(0.74", "to", "0.94)", "0.91", "0.82", "(0.72", "to", "0.92)", "0.77",
    ]  # fmt: skip
    assert pores.split()[5] == "0.00", "the card says nothing of pores"
