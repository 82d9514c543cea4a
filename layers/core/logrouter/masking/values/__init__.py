"""Single values: what their name says of them, whether they are secret, and what stays readable of them."""
