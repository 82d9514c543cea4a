"""Records as trees: JSON text and Python values alike."""
