# redefinition: replaces the context's constant
# problem context_names, expects wrong_answer
EPS = 1e9


def half(n):
    return 0 if n == 5 else n / 2
