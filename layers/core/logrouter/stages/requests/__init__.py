"""What belongs to a request without saying so, and what was logged of it before."""
