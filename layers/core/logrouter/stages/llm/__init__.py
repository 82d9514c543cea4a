"""The shapes in which logs tell of LLM calls: one module a shape, one line each in `shapes.SHAPES`."""
