"""Plugins of Airflow: pages inside its UI, and the notes of runs."""
