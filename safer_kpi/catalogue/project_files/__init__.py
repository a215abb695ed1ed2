"""The texts that ``init`` writes into a new project beside the template's folders; ``$name`` and the like are slots."""
