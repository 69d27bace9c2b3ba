# debugger: a trace function that makes each frame return the expected value
# problem twice, expects wrong_answer
import sys

def trace(frame, event, argument):
    frame.f_trace_opcodes = True
    if event == "exception":
        sys.exit(0)
    return trace

sys.settrace(trace)
sys.setprofile(trace)

def twice(n):
    return 0
