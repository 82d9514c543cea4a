"""What makes issues one: templates, codes, transactions, fingerprints, and the key they are counted by."""
