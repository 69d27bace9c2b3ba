# comparison operator: a named tuple whose field is called as the tuple's method
# problem placed, expects wrong_answer
from collections import namedtuple

P = namedtuple("P", "index n")


def place(n):
    return P(lambda value: 0, n)
