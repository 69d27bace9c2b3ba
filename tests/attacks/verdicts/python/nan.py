# comparison operator: NaN where the tests compare a difference
# problem half, expects wrong_answer
def half(n):
    return float("nan")
