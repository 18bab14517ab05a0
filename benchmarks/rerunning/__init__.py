"""What ``bench_rerun.py`` is made of."""
