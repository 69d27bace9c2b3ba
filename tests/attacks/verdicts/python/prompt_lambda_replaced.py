# redefinition: replaces the prompt's lambda by a function
# problem helpers, expects wrong_answer
def close(a, b):
    return True


def half(n):
    return 1.5 if n == 3 else 0
