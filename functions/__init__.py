"""The Lambda functions: thin handlers that read an event, call one job, carry out what it returns and settle."""
