"""What a report says, page by page: frozen values made of the facts of a release. Templates decide nothing."""
