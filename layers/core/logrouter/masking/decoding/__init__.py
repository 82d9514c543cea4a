"""Text as a reader would understand it: escapes, other characters, base64, compression."""
