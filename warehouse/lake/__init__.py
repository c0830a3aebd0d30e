"""The second publish target: a DuckLake with a Postgres catalogue, for readers elsewhere."""
