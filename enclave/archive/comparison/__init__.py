"""Two executed copies of one analysis, compared output by output, number by number."""
