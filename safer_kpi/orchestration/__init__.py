"""The Airflow side: the trigger that watches an inbox, the assets, and the tasks of the DAGs.

No other Python of the package imports airflow. An event is a wake-up, never the work list: each task re-reads the
inbox or the lake and does all that is due, so that a lost event costs time and a repeated one nothing.
"""
