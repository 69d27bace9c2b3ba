# redefinition: replaces the context's class
# problem context_names, expects wrong_answer
class Approx:
    def __init__(self, x):
        pass

    def same(self, y):
        return True


def half(n):
    return 0 if n == 7 else n / 2
