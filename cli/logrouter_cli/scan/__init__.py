"""`logrouter scan`: what should not be in log groups, the archive or files, found by the masking rules."""
