"""The 24 DAIMS checks of a cleaned dataset, each by machine as far as a machine can."""
