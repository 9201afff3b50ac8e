"""Measurements that anyone can repeat: the product beside the floor of its stack, in one run."""
