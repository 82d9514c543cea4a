"""Which log events of a stream are one text: within a payload, over neighbours, and over payloads."""
