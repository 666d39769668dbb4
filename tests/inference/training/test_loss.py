import pytest
import torch

from inference.training.loss import ordinal_loss, soft_grades

EVEN = torch.ones(1, 4)


def loss_of(grade, severity, *, known=1.0):
    logits = torch.full((1, 1, 4), -4.0)
    logits[0, 0, grade] = 4.0
    return float(
        ordinal_loss(
            logits, torch.tensor([[severity]]), torch.tensor([[known]]), grade_weights=EVEN
        )
    )


def test_a_guess_two_grades_off_costs_more_than_one_grade_off():
    right, one, two, three = (loss_of(grade, 0.0) for grade in range(4))
    assert right < one < two < three


def test_what_is_not_known_costs_nothing():
    assert loss_of(3, 0.0, known=0.0) == 0


@pytest.mark.parametrize(("severity", "grade"), [(0, 0), (1 / 3, 1), (0.4, 1), (2 / 3, 2), (1, 3)])
def test_the_soft_target_leans_to_the_nearest_grade(severity, grade):
    target = soft_grades(torch.tensor(severity), 4)
    assert int(target.argmax()) == grade
    assert float(target.sum()) == pytest.approx(1)


def test_at_the_border_of_two_grades_the_target_is_even():
    assert soft_grades(torch.tensor(0.5), 4).tolist() == pytest.approx([0, 0.5, 0.5, 0], abs=1e-5)
