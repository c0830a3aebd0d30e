"""Plugins of Airflow: pages inside its UI, the notes of runs, and the order of its writers."""
