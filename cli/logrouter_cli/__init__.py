"""The `logrouter` command for operators and developers; not deployed to Lambda."""
