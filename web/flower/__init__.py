"""The Optimizer pages inside Flower: mounted by `celery flower --conf=web/flower/flowerconfig.py`."""
