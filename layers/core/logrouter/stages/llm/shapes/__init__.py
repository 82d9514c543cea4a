"""Shapes: what each provider, gateway, framework and convention writes of a call, one module or room each."""
