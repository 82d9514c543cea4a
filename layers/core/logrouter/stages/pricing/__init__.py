"""What a call cost: rates by bucket, from the policy or the packaged price book, times exact counts."""
