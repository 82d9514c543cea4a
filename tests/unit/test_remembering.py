"""What a function made of a short text is made once, and no log can fill the memory."""

from logrouter.model.remembering import REMEMBERED, REMEMBERED_CHARS, remembered


def counting():
    asked = []

    @remembered
    def length_of(text):
        asked.append(text)
        return len(text)

    return length_of, asked


def test_a_short_text_is_worked_on_once():
    """The second answer is the first one."""
    length_of, asked = counting()

    assert (length_of("orders"), length_of("orders")) == (6, 6)
    assert asked == ["orders"]


def test_a_long_text_is_not_kept():
    """A text that could fill the memory is worked on each time."""
    length_of, asked = counting()
    text = "x" * (REMEMBERED_CHARS + 1)

    assert (length_of(text), length_of(text)) == (len(text), len(text))
    assert asked == [text, text]


def test_old_texts_are_forgotten():
    """Only the last texts are kept."""
    length_of, asked = counting()

    for number in (*range(REMEMBERED + 1), 0):
        length_of(str(number))

    assert asked.count("0") == 2
