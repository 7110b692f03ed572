"""How hard a secret is to guess."""

import random
import string

import pytest

from secret_strength import WEAKEST_BITS, bits


@pytest.mark.parametrize(
    "text",
    [
        "passwordpassword",
        "P4ssw0rd!P4ssw0rd!",
        "ChangeMe-ChangeMe-1",
        "chocolatefactory2026",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababababababababababababab",
        "abcdefghijklmnopqrstuvwxyz",
        "12345678901234567890123456789012",
        "qwertyuiopasdfghjklzxcvbnm",
        "2026-11-27-2026-11-28",
        "",
    ],
)
def test_what_people_choose_is_weak(text: str) -> None:
    assert bits(text) < WEAKEST_BITS


@pytest.mark.parametrize(
    ("alphabet", "length"),
    [(string.ascii_letters + string.digits, 24), (string.ascii_letters + string.digits, 40), ("0123456789abcdef", 32)],
)
def test_what_was_thrown_at_random_is_strong(alphabet: str, length: int) -> None:
    dice = random.Random(4)
    assert min(bits("".join(dice.choice(alphabet) for _ in range(length))) for _ in range(500)) > WEAKEST_BITS


def test_the_estimate_is_near_the_truth_for_random_texts() -> None:
    dice = random.Random(5)
    alphabet = string.ascii_letters + string.digits
    mean = sum(bits("".join(dice.choice(alphabet) for _ in range(40))) for _ in range(200)) / 200
    assert 210 < mean < 250  # 238 in truth
