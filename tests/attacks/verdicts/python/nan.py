# comparison operator: not-a-number where the tests look at a difference
# problem half, expects wrong_answer
def half(n):
    return float("nan")
