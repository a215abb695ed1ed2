"""Airflow's side: the trigger that watches an inbox, the assets, and what the tasks of the DAGs do.

The only Python of the package that imports airflow. An event is a wake-up, never the work list: each task re-reads the
inbox or the lake and does all that is due, so that a lost event costs time and a repeated one nothing.
"""
