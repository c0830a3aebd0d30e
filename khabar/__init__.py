"""The front door: settings, commands, Airflow on one machine, the newsroom."""
