"""The archive: windows of masked log events as sorted, hashed NDJSON parts, with a manifest that proves them.

Pure: values in, bytes and keys out. Storing is `logrouter.adapters.archive_store`.
"""
