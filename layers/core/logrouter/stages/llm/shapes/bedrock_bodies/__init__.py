"""The bodies of the vendors on Amazon Bedrock: requests, answers, streams of answers, and what guardrails found."""
