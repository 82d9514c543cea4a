"""What each function decides, without touching the outside: one module a function, named like it."""
