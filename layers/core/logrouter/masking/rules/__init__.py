"""Rules as data, compiled: the table of a policy, its gates, and what is refused before it meets a log."""
