"""From a question that was counted to a draft proposal about the same patients."""
