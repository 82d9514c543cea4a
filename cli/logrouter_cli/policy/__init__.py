"""`logrouter policy`: a policy document is checked, tried, put into force and taken back."""
