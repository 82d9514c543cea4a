"""The whole stack on one machine: embedded AWS, Sentry, Langfuse and Slack, with no account and no Docker."""
