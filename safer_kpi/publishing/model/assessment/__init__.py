"""What a strategic assessment says besides what a report does: levels, times, repeats, emerging issues and progress."""
