"""Check digits, dates and prefixes: what can be said of a run of digits by itself."""

import re

_CARD_PREFIX = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}(?:\d\d)?|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
    r"|9\d{15}|5[06-8]\d{14}|220[0-4]\d{12}"
)


def luhn_holds(digits: str) -> bool:
    """Say whether the last digit is the Luhn check digit (ISO/IEC 7812-1)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = ord(char) - 48
        total += value if place % 2 == 0 else value * 2 - 9 * (value > 4)
    return total % 10 == 0


def is_birth_date(digits: str) -> bool:
    """Say whether six digits are YYMMDD with a real month and day (29 February always allowed)."""
    month, day = int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= 12 and 1 <= day <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def resident_check_holds(digits: str) -> bool:
    """Say whether 13 digits end in a resident or foreigner number's check digit (none given since October 2020)."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
    base = 13 if digits[6] in "5678" else 11
    return (base - total % 11) % 10 == int(digits[12])


def is_card_number(digits: str) -> bool:
    """Say whether 13 to 19 digits have the prefix of a card scheme for that length and the Luhn check digit."""
    return bool(_CARD_PREFIX.fullmatch(digits)) and luhn_holds(digits)
