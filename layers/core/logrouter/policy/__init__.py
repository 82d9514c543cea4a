"""The policy: one versioned document that says how records are masked, routed, governed and archived.

The packaged default (`default/<section>.json`) holds every section; a team's document overlays it at run time. The
shape of each section is `schema/<section>.json`.
"""

from logrouter.policy.load import SECTIONS, Policy, default_policy, load_policy

__all__ = ["SECTIONS", "Policy", "default_policy", "load_policy"]
