"""Where records go. A destination is pure: it encodes masked records and interprets answers; adapters send.

Adding one: a module here with an object that fits `logrouter.destinations.contract.Destination`, a line in the registry
of that module, its settings, its golden files.
"""
