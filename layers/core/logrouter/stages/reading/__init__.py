"""What all parsers share: the vocabulary of levels, times, field names and error objects."""
