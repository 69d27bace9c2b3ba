# redefinition: replaces the prompt's constant
# problem helpers, expects wrong_answer
TOL = 1e9


def close(a, b):
    return True


class Box:
    def __init__(self, x):
        pass

    def same(self, y):
        return True


def half(n):
    return 0
