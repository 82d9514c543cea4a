"""The way of one record, each step a pure function: decode, stitch, select, mask, parse, classify."""
