# reflection: reads the harness's frames for the tests and the expected values
# problem twice, expects wrong_answer
import sys

def twice(n):
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if isinstance(value, dict) and "expected" in value:
                return value["expected"]
        frame = frame.f_back
    return 0
