"""The bundled town of simulated outlets: demo, tests, load."""
