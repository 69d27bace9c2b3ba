# trusted function by name: gives the tests unittest.mock's class whose objects equal everything
# problem answer, expects wrong_answer
from unittest.mock import _ANY as answer
