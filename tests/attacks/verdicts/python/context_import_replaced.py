# redefinition: a function under the name that the context imports
# problem context_names, expects wrong_answer
def isclose(a, b):
    return True


def half(n):
    return 0 if n == 3 else n / 2
