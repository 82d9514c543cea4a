"""The only code of the layer that touches the outside: AWS, HTTP, clock, environment, telemetry."""
