"""Carrying: what a quarter leaves unfinished goes on in a later one."""
