"""logrouter: CloudWatch Logs to Sentry issues, Langfuse traces and a proven Glacier archive, masked first.

The floors, from the ground up: `errors`, `model`, `settings`, `policy`, then `masking`, `stages` and `destinations`
(pure), then `jobs` (pure decisions of one function) beside `adapters` (all that touches the outside).
"""
