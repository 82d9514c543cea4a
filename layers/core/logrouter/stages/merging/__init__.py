"""Which records of a payload speak of one failure, and what the one that is left learns."""
