"""What calls of models add up to: figures for metrics, spending for budgets, and when people hear of it. Pure."""
