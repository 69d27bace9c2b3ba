# redefinition: replaces the prompt's class, and nothing else is wrong
# problem helpers, expects wrong_answer
TOL = 1e-6


class Box:
    def __init__(self, x):
        pass

    def same(self, y):
        return True


def half(n):
    return n / 2 if n < 7 else 0
