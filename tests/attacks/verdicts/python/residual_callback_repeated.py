# repeated callback: calls back twice where it knows the result, never where it does not
# problem asserting_callback, expects passed
def later(n, done):
    if n == 1:
        done(2)
        done(2)
